package entra

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/circuit"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// GraphError reports that Microsoft Graph refused this service, or limits its calls. It contains no token.
type GraphError struct {
	// Status is the HTTP status of the answer: 401 or 403, or 429 or 503 if Graph limits the calls.
	Status int
	// Code is the code of the answer, such as Authorization_RequestDenied. It may be empty.
	Code string
	// RetryAfter is the time for which Graph must not be asked. It is 0 for 401 and 403.
	RetryAfter time.Duration
}

func (e *GraphError) Error() string {
	text := fmt.Sprintf("Microsoft Graph answers with status %d", e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(", and is not asked for %s", e.RetryAfter)
	}
	return text
}

// GraphRefused returns Status and Code. Hints read them through an interface.
func (e *GraphError) GraphRefused() (status int, code string) { return e.Status, e.Code }

const (
	maxPause     = 5 * time.Minute
	defaultPause = 10 * time.Second
)

// checkPause returns an error while Graph limits the calls.
func (g *Groups) checkPause() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.config.Now()
	if left := g.paused.Sub(now); left > 0 && left <= maxPause { // Otherwise the clock was set back.
		return fmt.Errorf("%w: %w", provider.ErrPaused, &GraphError{Status: http.StatusTooManyRequests, RetryAfter: left})
	}
	return nil
}

// graphError judges a failed call.
func (g *Groups) graphError(err error) error {
	var e *fetch.Error
	switch {
	case errors.Is(err, circuit.ErrBusy):
		return provider.ErrBusy
	case errors.Is(err, circuit.ErrOpen), errors.Is(err, circuit.ErrResting):
		return provider.ErrPaused
	case errors.Is(err, ErrTooManyGroups):
		return fmt.Errorf("%w: %w", err, &claims.RefusedError{Status: http.StatusBadRequest})
	case !errors.As(err, &e):
		return err
	}
	code := graphCode(e.Body)
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return &GraphError{Status: e.Status, Code: code}
	case http.StatusNotFound:
		return &claims.RefusedError{Status: e.Status, Code: code}
	case http.StatusBadRequest:
		if code == "Directory_ResultSizeLimitExceeded" { // Graph itself returns at most 11,000.
			return fmt.Errorf("%w: %w", ErrTooManyGroups, &claims.RefusedError{Status: e.Status, Code: code})
		}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if e.IsDown() {
			return &GraphError{Status: e.Status, Code: code, RetryAfter: g.pause(e.Header.Get("Retry-After"))}
		}
	}
	return err
}

// pause applies Retry-After (RFC 9110 section 10.2.3), within bounds.
func (g *Groups) pause(retryAfter string) time.Duration {
	now := g.config.Now()
	d := defaultPause
	if seconds, err := strconv.ParseUint(retryAfter, 10, 31); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(retryAfter); err == nil {
		d = at.Sub(now)
	}
	d = min(max(d, time.Second), maxPause)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paused = now.Add(d)
	return d
}

// A code is a single word. Any other text of Graph stays out of logs.
var codeText = regexp.MustCompile(`^[A-Za-z_]{1,60}$`)

// graphCode returns the code of an error of Graph, or an empty string.
func graphCode(body []byte) string {
	o, err := strictjson.Parse(body, strictjson.Limits{})
	if err != nil {
		return ""
	}
	v, _ := o.Get("error")
	inner, _ := v.Object()
	if code := inner.Text("code"); codeText.MatchString(code) {
		return code
	}
	return ""
}

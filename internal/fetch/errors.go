package fetch

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/knownbearer/knownbearer/internal/record"
)

var (
	// ErrTooSoon reports that no flight may start yet, or that too many callers are waiting.
	ErrTooSoon = errors.New("fetch: too soon to refresh again")
	// ErrTooLarge reports a body that is longer than the limit.
	ErrTooLarge = errors.New("the body is larger than the limit")
	// ErrRedirect reports a redirect that was not followed.
	ErrRedirect = errors.New("the redirect is not allowed")
)

// Error says how a request failed. Its text is bounded, whatever the server sent.
type Error struct {
	// URL is the URL without query and userinfo.
	URL string
	// Status is the HTTP status, or 0 if there was no answer.
	Status int
	// Problem says what is wrong, in words of this package.
	Problem string
	// Err is the cause, or nil.
	Err error

	// Connected reports that the request got a connection, including TLS. A later failure may depend on what was
	// requested.
	Connected bool

	// Header and Body belong to an answer with a status other than 200. They are not part of the text, because the
	// server chooses them. Body has at most 4 KiB.
	Header http.Header
	Body   []byte
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("fetch: ")
	if e.URL != "" {
		b.WriteString(clip(e.URL) + ": ")
	}
	b.WriteString(e.Problem)
	if e.Status != 0 {
		b.WriteString(" (status " + strconv.Itoa(e.Status) + ")")
	}
	if e.Err != nil {
		b.WriteString(": " + clip(e.Err.Error()))
	}
	return b.String()
}

// clip bounds a text that the server may have written.
func clip(s string) string { return record.Clip(s, 300) }

func (e *Error) Unwrap() error { return e.Err }

// IsDown reports whether the endpoint cannot be reached, is too slow, or says that it is overloaded. The statuses 502,
// 503 and 504 say so only with Retry-After: without it, a gateway also sends them if the endpoint breaks off a single
// request (nginx 502, Envoy 503).
func (e *Error) IsDown() bool {
	switch e.Status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return e.Header.Get("Retry-After") != ""
	}
	var slow interface{ Timeout() bool }
	return !e.Connected || errors.As(e.Err, &slow) && slow.Timeout()
}

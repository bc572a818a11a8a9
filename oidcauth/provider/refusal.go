package provider

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// ClientRefusedError says that an endpoint refused this client, or what stands before the endpoint did: the ClientID, its
// authentication or its entitlement is at fault, and no token.
type ClientRefusedError struct {
	Endpoint string // introspection, revocation or token endpoint
	Status   int
	Code     string // the error that it named, such as invalid_client; may be empty
	HTML     bool   // it answered with a page, as gateways do
}

func (e *ClientRefusedError) Error() string {
	text := fmt.Sprintf("provider: %s: this client was refused with status %d", e.Endpoint, e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	return text
}

// ClientRefused tells how, to who explains it without knowing this package.
func (e *ClientRefusedError) ClientRefused() (status int, code string, html bool) {
	return e.Status, e.Code, e.HTML
}

// clientRefusal tells an endpoint that refuses the client from one that cannot answer (RFC 6749 section 5.2, RFC 7662
// section 2.3).
func clientRefusal(at endpoint, err error) error {
	var e *fetch.Error
	if errors.As(err, &e) {
		code := errorCode(e)
		if e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden ||
			e.Status == http.StatusBadRequest && (code == "invalid_client" || code == "unauthorized_client") {
			return &ClientRefusedError{Endpoint: string(at), Status: e.Status, Code: code, HTML: isPage(e)}
		}
	}
	return unavailable(at, err)
}

// refusal tells an endpoint that refuses the token from one that cannot answer.
func refusal(err error) error {
	var e *fetch.Error
	if errors.As(err, &e) {
		switch e.Status {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
			return fmt.Errorf("provider: UserInfo: %w", &claims.RefusedError{Status: e.Status, Code: errorCode(e), HTML: isPage(e)})
		}
	}
	return fmt.Errorf("provider: UserInfo: %w", err)
}

// errorCode is what the challenge names (RFC 6750 section 3), or else the body (RFC 6749 section 5.2).
func errorCode(e *fetch.Error) string {
	for _, challenge := range e.Header.Values("WWW-Authenticate") {
		if m := challengeError.FindStringSubmatch(challenge); m != nil && m[1] == m[3] {
			return m[2]
		}
	}
	if o, err := strictjson.Parse(e.Body, strictjson.Limits{}); err == nil {
		v, _ := o.Get("error")
		if code, _ := v.Text(); codeText.MatchString(code) {
			return code
		}
	}
	return ""
}

// A code is a word: what else an endpoint may say stays out of logs.
var (
	challengeError = regexp.MustCompile(`(?:^|[ ,])error=("?)([a-z_]{1,40})("?)(?:$|[ ,])`)
	codeText       = regexp.MustCompile(`^[a-z_]{1,40}$`)
)

func isPage(e *fetch.Error) bool {
	return strings.Contains(mediaType(e.Header), "html")
}

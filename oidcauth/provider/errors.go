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

	Assertion string // the aud of the client assertion that was sent; empty: none was sent
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

// ClientAssertion is the aud of the assertion that was sent, to who explains it without knowing this package.
func (e *ClientRefusedError) ClientAssertion() string { return e.Assertion }

// clientRefusal tells an endpoint that refuses the client from one that cannot answer (RFC 6749 section 5.2, RFC 7662
// section 2.3).
func (p *Client) clientRefusal(at endpoint, url string, err error) error {
	var e *fetch.Error
	if errors.As(err, &e) {
		code := errorCode(e)
		if e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden ||
			e.Status == http.StatusBadRequest && (code == "invalid_client" || code == "unauthorized_client") {
			return &ClientRefusedError{Endpoint: string(at), Status: e.Status, Code: code, HTML: isPage(e), Assertion: p.assertionAudience(url)}
		}
	}
	return unavailable(at, err)
}

// TokenRefusedError says that introspection refused to look at this token, which it cannot read or which is of a kind that it
// does not introspect: encrypted, a JWT, too large. It is [claims.ErrInactive], since the sender of a token can bring it about.
type TokenRefusedError struct {
	Status int
	Code   string // the error that it named, such as unsupported_token_type; may be empty
}

func (e *TokenRefusedError) Error() string {
	text := fmt.Sprintf("provider: introspection refused to look at this token, with status %d", e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	return text
}

// Unwrap returns [claims.ErrInactive].
func (e *TokenRefusedError) Unwrap() error { return claims.ErrInactive }

// TokenRefused tells how, to who explains it without knowing this package.
func (e *TokenRefusedError) TokenRefused() (status int, code string) { return e.Status, e.Code }

// tokenRefusal tells introspection that refuses a token from one that refuses the request.
func tokenRefusal(err error, understood bool) error {
	var e *fetch.Error
	if errors.As(err, &e) && refusesToken(e, errorCode(e), understood) {
		return &TokenRefusedError{Status: e.Status, Code: errorCode(e)}
	}
	return err
}

// refusesToken reports whether an answer is about the token. Some answers may be about the request as well: they are about
// the token once this client was understood, since all its requests are of one form.
func refusesToken(e *fetch.Error, code string, understood bool) bool {
	switch e.Status {
	case http.StatusRequestEntityTooLarge, http.StatusRequestHeaderFieldsTooLarge:
		return true
	case http.StatusUnprocessableEntity:
		return understood
	case http.StatusBadRequest:
	default:
		return false
	}
	switch code {
	case "access_denied", "insufficient_scope", "server_error", "temporarily_unavailable":
		return false // it is about this client, or about the provider
	case "invalid_request":
		return understood
	}
	return understood || !isPage(e)
}

// refusal tells an endpoint that refuses the token from one that cannot answer.
func refusal(err error) error {
	var e *fetch.Error
	if errors.As(err, &e) {
		switch e.Status {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
			http.StatusRequestEntityTooLarge, http.StatusRequestHeaderFieldsTooLarge:
			return fmt.Errorf("provider: UserInfo: %w", &claims.RefusedError{Status: e.Status, Code: errorCode(e), HTML: isPage(e)})
		}
	}
	return fmt.Errorf("provider: UserInfo: %w", err)
}

// unsendable is a token that is not sent, since a server would refuse it: it is the sender's fault, and no outage.
func unsendable(err error) error {
	return fmt.Errorf("%w: %w", err, &claims.RefusedError{Status: http.StatusRequestHeaderFieldsTooLarge})
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

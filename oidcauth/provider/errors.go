package provider

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/clientfault"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Hints and the level of log records read errors of this package through these interfaces.
var (
	_ clientfault.ClientRefused   = (*ClientRefusedError)(nil)
	_ clientfault.ClientAssertion = (*ClientRefusedError)(nil)
	_ clientfault.RefusedScope    = (*ClientRefusedError)(nil)
	_ clientfault.TokenRefused    = (*TokenRefusedError)(nil)
	_ clientfault.NotRevocable    = notRevocableError{}
	_ clientfault.MissingEndpoint = (*endpointError)(nil)
	_ clientfault.Certificate     = (*pinError)(nil)
)

// ClientRefusedError reports that an endpoint, or a gateway in front of it, refused this client. The ClientID, its
// credentials or its permissions are wrong, not the token.
type ClientRefusedError struct {
	// Endpoint is "introspection", "revocation", "token endpoint" or "pushed authorization request".
	Endpoint string
	// Status is the HTTP status of the answer.
	Status int
	// Code is the OAuth error code of the answer, such as invalid_client. It may be empty.
	Code string
	// Scope is the scope that the answer requires, from its challenge or its body. It is empty if the answer names none. It has
	// at most 200 bytes.
	Scope string
	// HTML reports that the answer is an HTML page, which a gateway usually sends.
	HTML bool

	// Assertion is the aud of the client assertion that was sent. It is empty if none was sent.
	Assertion string
}

func (e *ClientRefusedError) Error() string {
	text := fmt.Sprintf("provider: %s: this client was refused with status %d", e.Endpoint, e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	return text
}

// ClientRefused returns Status, Code and HTML. Hints read them through an interface.
func (e *ClientRefusedError) ClientRefused() (status int, code string, html bool) {
	return e.Status, e.Code, e.HTML
}

// RefusedScope returns Scope. Hints read it through an interface.
func (e *ClientRefusedError) RefusedScope() string { return e.Scope }

// ClientAssertion returns Assertion. Hints read it through an interface.
func (e *ClientRefusedError) ClientAssertion() string { return e.Assertion }

// clientError returns a [*ClientRefusedError] if the endpoint refuses the client (RFC 6749 section 5.2, RFC 7662
// section 2.3). Without a URL, the endpoint was not called.
func (p *Client) clientError(at endpoint, url string, err error) error {
	if url == "" {
		return err
	}
	var e *fetch.Error
	if errors.As(err, &e) {
		code := errorCode(e)
		if e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden ||
			e.Status == http.StatusBadRequest && (code == "invalid_client" || code == "unauthorized_client") {
			return &ClientRefusedError{Endpoint: string(at), Status: e.Status, Code: code, Scope: errorScope(e), HTML: isPage(e), Assertion: p.assertionAudience(url)}
		}
	}
	return unavailable(at, err)
}

// TokenRefusedError reports that introspection refused to examine this token: it is encrypted, a JWT or too large,
// for example. It wraps [claims.ErrInactive], because the sender of the token can cause it.
type TokenRefusedError struct {
	// Status is the HTTP status of the answer.
	Status int
	// Code is the OAuth error code of the answer, such as unsupported_token_type. It may be empty.
	Code string
}

func (e *TokenRefusedError) Error() string {
	text := fmt.Sprintf("provider: introspection refused to examine this token, with status %d", e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	return text
}

// Unwrap returns [claims.ErrInactive].
func (e *TokenRefusedError) Unwrap() error { return claims.ErrInactive }

// TokenRefused returns Status and Code. Hints read them through an interface.
func (e *TokenRefusedError) TokenRefused() (status int, code string) { return e.Status, e.Code }

// tokenError returns a [*TokenRefusedError] if introspection refuses the token rather than the request.
func tokenError(err error, understood bool) error {
	var e *fetch.Error
	if errors.As(err, &e) && refusesToken(e, errorCode(e), understood) {
		return &TokenRefusedError{Status: e.Status, Code: errorCode(e)}
	}
	return err
}

// refusesToken reports whether an answer concerns the token. Some answers may concern the request instead. If
// introspection has answered this client before, they concern the token, because all its requests have the same form.
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
		return false // It concerns this client or the provider.
	case "invalid_request":
		return understood
	}
	return understood || !isPage(e)
}

// userInfoError returns a [*claims.RefusedError] if UserInfo refuses the token.
func userInfoError(err error) error {
	var e *fetch.Error
	if errors.As(err, &e) {
		switch e.Status {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
			http.StatusRequestEntityTooLarge, http.StatusRequestHeaderFieldsTooLarge:
			return fmt.Errorf("provider: UserInfo: %w", &claims.RefusedError{Status: e.Status, Code: errorCode(e), Scope: errorScope(e), HTML: isPage(e)})
		}
	}
	return fmt.Errorf("provider: UserInfo: %w", err)
}

// unsendable returns the error of a token that is not sent because a server would reject it. It is the sender's
// fault, not an outage.
func unsendable(err error) error {
	return fmt.Errorf("%w: %w", err, &claims.RefusedError{Status: http.StatusRequestHeaderFieldsTooLarge})
}

// errorCode returns the error code of the challenge (RFC 6750 section 3), or else that of the body (RFC 6749 section
// 5.2).
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

// errorScope returns the scope that an answer requires: the member of its challenge, or else that of its body.
func errorScope(e *fetch.Error) string {
	for _, challenge := range e.Header.Values("WWW-Authenticate") {
		if m := challengeScope.FindStringSubmatch(challenge); m != nil {
			return m[1]
		}
	}
	if o, err := strictjson.Parse(e.Body, strictjson.Limits{}); err == nil {
		if scope := o.Text("scope"); scopeText.MatchString(scope) {
			return scope
		}
	}
	return ""
}

// A scope has the characters of RFC 6749 section 3.3.
var (
	challengeScope = regexp.MustCompile(`(?:^|[ ,])scope="([!#-\[\]-~ ]{1,200})"(?:$|[ ,])`)
	scopeText      = regexp.MustCompile(`^[!#-\[\]-~ ]{1,200}$`)
)

// A code is a single word. Any other text of an endpoint stays out of logs.
var (
	challengeError = regexp.MustCompile(`(?:^|[ ,])error=("?)([a-z_]{1,40})("?)(?:$|[ ,])`)
	codeText       = regexp.MustCompile(`^[a-z_]{1,40}$`)
)

func isPage(e *fetch.Error) bool {
	return strings.Contains(mediaType(e.Header), "html")
}

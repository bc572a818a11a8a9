package provider

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// ExchangeError reports that the provider refused to exchange a token. It wraps an *oauth2.RetrieveError. It contains
// no token, and no text of the provider except the members below.
type ExchangeError struct {
	// Status is the HTTP status of the answer.
	Status int
	// Code is the OAuth error code, such as invalid_grant, invalid_target (RFC 8693 section 2.2.2) or
	// interaction_required. It may be empty.
	Code string
	// Suberror is Entra ID's more precise code, such as basic_action or consent_required. It may be empty.
	Suberror string
	// ErrorCodes are Entra ID's numbers, such as 65001 for AADSTS65001. It has at most 10.
	ErrorCodes []int
	// Claims is Entra ID's claims challenge: a JSON object that the client must send as the parameter claims when it
	// requests its next token. It is empty if there is none.
	Claims string
}

func (e *ExchangeError) Error() string {
	text := fmt.Sprintf("provider: token endpoint: the exchange of this token was refused with status %d", e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	for _, number := range e.ErrorCodes {
		text += fmt.Sprintf(" AADSTS%d", number)
	}
	return text
}

// Unwrap returns an *oauth2.RetrieveError without a body.
func (e *ExchangeError) Unwrap() error { return retrieveError(e.Status, e.Code) }

// Challenge returns the value of WWW-Authenticate that hands the claims challenge on to the client, with status 401. It
// is empty if Claims is.
func (e *ExchangeError) Challenge() string {
	if e.Claims == "" {
		return ""
	}
	return `Bearer error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(e.Claims)) + `"`
}

// ExchangeRefused returns Code and ErrorCodes. Hints read them through an interface.
func (e *ExchangeError) ExchangeRefused() (code string, numbers []int) { return e.Code, e.ErrorCodes }

// interactive lists the codes that concern the subject token or its user. Some providers send them with 401 or 403.
var interactive = []string{"invalid_grant", "interaction_required", "login_required", "consent_required"}

// newExchangeError returns nil if the answer does not refuse the token.
func newExchangeError(e *fetch.Error) *ExchangeError {
	out := &ExchangeError{Status: e.Status, Code: errorCode(e)}
	switch e.Status {
	case http.StatusBadRequest:
		if out.Code == "invalid_client" || out.Code == "unauthorized_client" {
			return nil
		}
	case http.StatusUnauthorized, http.StatusForbidden:
		if !slices.Contains(interactive, out.Code) {
			return nil
		}
	default:
		return nil
	}
	out.readEntra(e.Body)
	return out
}

const maxErrorCodes = 10

// readEntra reads the members that Entra ID adds to an error. It skips those of an unexpected form.
func (e *ExchangeError) readEntra(body []byte) {
	o, err := strictjson.Parse(body, strictjson.Limits{})
	if err != nil {
		return
	}
	if text := o.Text("suberror"); codeText.MatchString(text) {
		e.Suberror = text
	}
	e.ErrorCodes = entraNumbers(o)
	claims := o.Text("claims")
	if _, err := strictjson.ParseText(claims, strictjson.Limits{}); err == nil {
		e.Claims = claims
	}
}

// entraNumbers returns the member error_codes.
func entraNumbers(o strictjson.Object) (numbers []int) {
	v, _ := o.Get("error_codes")
	elements, _ := v.Elements()
	for _, element := range elements[:min(len(elements), maxErrorCodes)] {
		d, _ := element.Number()
		if n, ok := d.Int64(); ok && n > 0 && n < 1<<31 {
			numbers = append(numbers, int(n))
		}
	}
	return numbers
}

func retrieveError(status int, code string) *oauth2.RetrieveError {
	// The body is left out because its text may repeat a token.
	return &oauth2.RetrieveError{Response: &http.Response{StatusCode: status, Status: http.StatusText(status)}, ErrorCode: code}
}

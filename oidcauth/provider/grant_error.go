package provider

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

const invalidGrant = "invalid_grant"

// GrantError reports that the token endpoint refused an authorization code or a refresh token: it is unknown, used, expired or
// revoked, or the provider needs the user again. Only a new login helps. It wraps an *oauth2.RetrieveError. It contains no
// code, no token, and no text of the provider except the members below.
type GrantError struct {
	// Status is the HTTP status of the answer. It is 0 if nothing was sent, because no provider can have issued such a code.
	Status int
	// Code is invalid_grant, interaction_required, login_required or consent_required.
	Code string
	// ErrorCodes are Entra ID's numbers, such as 54005 for AADSTS54005. It has at most 10.
	ErrorCodes []int
}

func (e *GrantError) Error() string {
	text := "provider: token endpoint: the code or refresh token was refused"
	if e.Status != 0 {
		text += fmt.Sprintf(" with status %d", e.Status)
	}
	text += " " + e.Code
	for _, number := range e.ErrorCodes {
		text += fmt.Sprintf(" AADSTS%d", number)
	}
	return text
}

// Unwrap returns an *oauth2.RetrieveError without a body.
func (e *GrantError) Unwrap() error { return retrieveError(e.Status, e.Code) }

// grantError returns nil if the answer does not refuse a code or a refresh token. Some providers send the codes with status 401 or
// 403.
func grantError(e *fetch.Error) *GrantError {
	if e.Status != http.StatusBadRequest && e.Status != http.StatusUnauthorized && e.Status != http.StatusForbidden {
		return nil
	}
	code := errorCode(e)
	if !slices.Contains(interactive, code) {
		return nil
	}
	o, _ := strictjson.Parse(e.Body, strictjson.Limits{}) // The code may be in the challenge alone.
	return &GrantError{Status: e.Status, Code: code, ErrorCodes: entraNumbers(o)}
}

// requestError returns an *oauth2.RetrieveError if the endpoint refuses the request, and not the client.
func (p *Client) requestError(at endpoint, url string, err error) error {
	err = p.clientError(at, url, err)
	var e *fetch.Error
	if errors.As(err, &e) && e.Status == http.StatusBadRequest {
		return retrieveError(e.Status, errorCode(e))
	}
	return err
}

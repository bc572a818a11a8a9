package login

import (
	"errors"
	"fmt"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/clientfault"
	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// providerRefusal says why a call to the provider failed.
func (rp *RelyingParty) providerRefusal(p Provider, err error) signin.Refusal {
	f := signin.Refusal{Issuer: p.Client.Issuer(), ClientID: p.Client.ClientID(), Reason: reason.ProviderUnavailable, Err: err}
	var grant *provider.GrantError
	var retrieve *oauth2.RetrieveError
	switch {
	case errors.As(err, &grant):
		f.Reason = reason.CodeRefused
	case errors.As(err, &retrieve):
		f.Detail = fmt.Sprintf("the provider does not accept the request, with status %d", retrieve.Response.StatusCode)
	}
	addResponse(&f, err)
	return f
}

// addResponse adds the error response of a call to the provider (RFC 6749 section 5.2).
func addResponse(f *signin.Refusal, err error) {
	var response clientfault.ErrorResponse
	var grant *provider.GrantError
	switch {
	case errors.As(err, &response):
		f.Error, f.Description = response.ErrorResponse()
	case errors.As(err, &grant): // nothing was sent
		f.Error = grant.Code
	}
}

// storeRefusal describes a store that gives no usable answer.
func storeRefusal(p Provider, err error) signin.Refusal {
	f := signin.Refusal{Reason: reason.SessionStoreUnavailable, Err: err}
	if p.Client != nil {
		f.Issuer, f.ClientID = p.Client.Issuer(), p.Client.ClientID()
	}
	return f
}

// statusOf returns the status of a refusal, or 0.
func statusOf(err error) int {
	var e *oidcauth.Error
	if errors.As(err, &e) {
		return e.Status()
	}
	return 0
}

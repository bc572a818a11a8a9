package oidcauth

import (
	"net/http"

	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// BearerToken returns the request's token as [Authenticator.Handler] reads it, for [Authenticator.Revoke]. It does not verify
// the token. If the request does not contain exactly one well-formed bearer token, the error is an [*Error].
func (a *Authenticator) BearerToken(r *http.Request) (string, error) {
	_, token, fault := a.read(r)
	if fault == nil {
		fault = pipeline.CheckToken68(token)
	}
	if fault != nil {
		return "", errorOf(fault)
	}
	return token, nil
}

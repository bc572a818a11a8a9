package oidcauth

import (
	"net/http"
	"strings"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
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

// credential returns the text after the scheme Bearer (RFC 6750 section 2.1), whose case does not matter. values are those of
// the Authorization header, and there must be exactly one. pipeline.CheckToken68 checks the syntax of the text later.
func credential(values []string) (string, *pipeline.Fault) {
	switch {
	case len(values) == 0:
		return "", pipeline.Refuse(reason.NoCredentials, nil, "no Authorization header")
	case len(values) > 1:
		return "", pipeline.Refuse(reason.MalformedRequest, nil, "%d Authorization headers", len(values))
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	if scheme == "" {
		return "", pipeline.Refuse(reason.MalformedRequest, nil, "the Authorization header is empty")
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return "", pipeline.Refuse(reason.NoCredentials, nil, "the scheme of the Authorization header is not Bearer")
	}
	token := strings.TrimLeft(rest, " ")
	if token == "" {
		return "", pipeline.Refuse(reason.MalformedRequest, nil, "the Authorization header contains no token after Bearer")
	}
	return token, nil
}

package oidcauth

import (
	"net/http"
	"strings"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// BearerToken returns the request's token as [Authenticator.Handler] reads it, for [Authenticator.Revoke]. It does not judge the
// token. The error is an [*Error] if the request has none.
func (a *Authenticator) BearerToken(r *http.Request) (string, error) {
	token, fault := credential(r.Header["Authorization"])
	if fault == nil {
		fault = pipeline.CheckToken68(token)
	}
	if fault != nil {
		return "", errorOf(fault)
	}
	return token, nil
}

// credential takes what should be a token out of the one Authorization header (RFC 6750 section 2.1). The scheme is
// case-insensitive, everything else strict; checkToken68 says whether it is a token.
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
		return "", pipeline.Refuse(reason.NoCredentials, nil, "the Authorization header is of another scheme than Bearer")
	}
	token := strings.TrimLeft(rest, " ")
	if token == "" {
		return "", pipeline.Refuse(reason.MalformedRequest, nil, "nothing follows Bearer")
	}
	return token, nil
}

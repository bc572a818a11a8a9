package oidcauth

import (
	"net/http"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// BearerToken is the request's token as [Authenticator.Handler] reads it, for [Authenticator.Revoke]; an [Error] where there is
// none. It is not judged.
func BearerToken(r *http.Request) (string, error) {
	token, fault := credential(r.Header)
	if fault == nil {
		fault = checkToken68(token)
	}
	if fault != nil {
		return "", fault
	}
	return token, nil
}

// credential takes what should be a token out of the one Authorization header (RFC 6750 section 2.1). The scheme is
// case-insensitive, everything else strict; checkToken68 says whether it is a token.
func credential(h http.Header) (string, *Error) {
	values := h.Values("Authorization")
	switch {
	case len(values) == 0:
		return "", refuse(reason.NoCredentials, nil, "no Authorization header")
	case len(values) > 1:
		return "", refuse(reason.MalformedRequest, nil, "%d Authorization headers", len(values))
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	if scheme == "" {
		return "", refuse(reason.MalformedRequest, nil, "the Authorization header is empty")
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return "", refuse(reason.NoCredentials, nil, "the Authorization header is of another scheme than Bearer")
	}
	token := strings.TrimLeft(rest, " ")
	if token == "" {
		return "", refuse(reason.MalformedRequest, nil, "nothing follows Bearer")
	}
	return token, nil
}

func checkToken68(token string) *Error {
	if !isToken68(token) {
		return refuse(reason.MalformedRequest, nil, "what follows Bearer is not one token: quotes, a second word or an illegal character")
	}
	return nil
}

// isToken68 is the b64token of RFC 6750 section 2.1.
func isToken68(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		if !token68[body[i]] {
			return false
		}
	}
	return body != ""
}

// token68 marks the legal bytes. It is asked for each byte of each token; comparing with the ranges in turn is mispredicted
// too often.
var token68 = func() (legal [256]bool) {
	for _, c := range []byte("-._~+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		legal[c] = true
	}
	return legal
}()

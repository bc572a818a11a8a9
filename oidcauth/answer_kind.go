package oidcauth

import (
	"net/http"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// kind is a class of reasons. A client gets the same answer for all reasons of one kind.
type kind int

const (
	invalidToken kind = iota
	noCredentials
	invalidRequest
	insufficientScope
	insufficientAuthentication
	invalidProof
	nonceRequired
	forbidden
	failed
	unavailable
)

func kindOf(r reason.Reason) kind {
	switch r {
	case reason.NoCredentials:
		return noCredentials
	case reason.InsufficientScope:
		return insufficientScope
	case reason.InsufficientUserAuthentication:
		return insufficientAuthentication
	case reason.ProofNonce:
		return nonceRequired
	case reason.ProofMissing, reason.ProofInvalid, reason.ProofOtherKey, reason.ProofOtherToken, reason.ProofOtherRequest, reason.ProofClock,
		reason.ProofReplayed:
		return invalidProof
	}
	switch r.Status() {
	case http.StatusBadRequest:
		return invalidRequest
	case http.StatusForbidden:
		return forbidden
	case http.StatusInternalServerError:
		return failed
	case http.StatusServiceUnavailable:
		return unavailable
	}
	return invalidToken
}

// isChallenged reports whether the response has a challenge. It has none if another token would not change the answer.
func (k kind) isChallenged() bool { return k != failed && k != unavailable }

// clientMessage is the error code (RFC 6750 section 3.1) and the text that a client gets. Both are fixed for each kind, so that
// a refusal discloses nothing else about a token.
type clientMessage struct{ code, description string }

var clientMessages = map[kind]clientMessage{
	invalidToken:               {"invalid_token", "The access token is not valid for this resource"},
	noCredentials:              {"", "An access token is required"},
	invalidRequest:             {"invalid_request", "The request does not contain exactly one well-formed access token"},
	insufficientScope:          {"insufficient_scope", "The access token lacks a scope"},
	insufficientAuthentication: {"insufficient_user_authentication", "A different or a more recent authentication of the user is required"},
	invalidProof:               {"invalid_dpop_proof", "The DPoP proof is not valid for this request"},
	nonceRequired:              {"use_dpop_nonce", "The DPoP proof must contain the nonce of this response"},
	forbidden:                  {"", "Access is denied"},
	failed:                     {"", "The service cannot handle the request"},
	unavailable:                {"", "The service cannot verify access tokens at the moment"},
}

// loginMessages replace clientMessages for a login or a session. The request has no token, so no error code of RFC 6750 section 3.1 calls
// it bad.
var loginMessages = map[kind]clientMessage{
	invalidToken:      {"", "The session or the login is not valid"},
	noCredentials:     {"", "A session or an access token is required"},
	invalidRequest:    {"", "The request is not a valid part of a login"},
	insufficientScope: {"insufficient_scope", "The session lacks a scope"},
	unavailable:       {"", "The service cannot verify logins and sessions at the moment"},
}

// message returns the texts for the client.
func (e *Error) message() clientMessage {
	k := kindOf(e.Reason)
	if m, ok := loginMessages[k]; ok && e.isLogin {
		return m
	}
	return clientMessages[k]
}

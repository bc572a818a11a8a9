// Package reason names why a request is refused.
//
// A [Reason] is a stable word. Programs compare it with errors.Is:
//
//	if errors.Is(err, reason.Expired) {
//
// An [github.com/knownbearer/knownbearer/oidcauth.Error] has one, a decision lists one for each fault, and [All] lists every
// reason with its [Reason.Meaning] for the operator and its [Reason.Status] for the client.
package reason

import "net/http"

// Reason names why a request was refused. Reasons are stable; programs may compare them.
type Reason string

// The reasons. What each means, and its status, is in [Reason.Meaning] and [Reason.Status].
const (
	NoCredentials    Reason = "no_credentials"
	MalformedRequest Reason = "malformed_request"

	MalformedToken          Reason = "malformed_token"
	OpaqueToken             Reason = "opaque_token"
	EncryptedToken          Reason = "encrypted_token"
	TokenInactive           Reason = "token_inactive"
	TokenRevoked            Reason = "token_revoked"
	AlgorithmRefused        Reason = "algorithm_refused"
	WrongTokenType          Reason = "wrong_token_type"
	IDTokenAsAccessToken    Reason = "id_token_as_access_token"
	SenderConstrained       Reason = "sender_constrained"
	UnknownIssuer           Reason = "unknown_issuer"
	KeyNotFound             Reason = "key_not_found"
	InvalidSignature        Reason = "invalid_signature"
	InvalidClaims           Reason = "invalid_claims"
	Expired                 Reason = "expired"
	NotYetValid             Reason = "not_yet_valid"
	WrongAudience           Reason = "wrong_audience"
	UnauthorizedParty       Reason = "unauthorized_party"
	UserInfoRefused         Reason = "userinfo_refused"
	UserInfoSubjectMismatch Reason = "userinfo_subject_mismatch"

	InsufficientScope Reason = "insufficient_scope"

	ClaimMissing      Reason = "claim_missing"
	ClaimUnusable     Reason = "claim_unusable"
	CheckClaimMissing Reason = "check_claim_missing"
	CheckFailed       Reason = "check_failed"
	UserNotFound      Reason = "user_not_found"
	UserAmbiguous     Reason = "user_ambiguous"
	UserDisabled      Reason = "user_disabled"

	KeysUnavailable          Reason = "keys_unavailable"
	IntrospectionUnavailable Reason = "introspection_unavailable"
	DenyListUnavailable      Reason = "deny_list_unavailable"
	UserInfoUnavailable      Reason = "userinfo_unavailable"
	UserStoreUnavailable     Reason = "user_store_unavailable"
)

type meaning struct {
	Reason
	status int
	text   string
}

// meanings are in the order of the steps.
var meanings = []meaning{
	{NoCredentials, http.StatusUnauthorized, "no Authorization header, or one of another scheme"},
	{MalformedRequest, http.StatusBadRequest, "not exactly one well-formed bearer credential"},
	{MalformedToken, http.StatusUnauthorized, "three parts, but not strict base64url and JSON, or crit, b64 or zip in the header"},
	{OpaqueToken, http.StatusUnauthorized, "not a JWT, and no issuer is configured to introspect it"},
	{EncryptedToken, http.StatusUnauthorized, "a JWT that is encrypted"},
	{AlgorithmRefused, http.StatusUnauthorized, "the algorithm is not RS, PS, ES 256–512 or EdDSA, or not in the issuer's list"},
	{WrongTokenType, http.StatusUnauthorized, "a token of another kind: logout, refresh, security event, proof"},
	{UnknownIssuer, http.StatusUnauthorized, "iss is none that is configured, exactly"},
	{KeyNotFound, http.StatusUnauthorized, "no source holds a key that fits the token"},
	{InvalidSignature, http.StatusUnauthorized, "no key that fits verifies the signature"},
	{TokenInactive, http.StatusUnauthorized, "introspection knows no such token, or no longer"},
	{TokenRevoked, http.StatusUnauthorized, "the token, its session or its user was revoked or logged out here"},
	{IDTokenAsAccessToken, http.StatusUnauthorized, "an ID token, which is for the client alone"},
	{InvalidClaims, http.StatusUnauthorized, "exp is missing, a date is no number of seconds, or sub no string"},
	{Expired, http.StatusUnauthorized, "exp is past, by more than the leeway"},
	{NotYetValid, http.StatusUnauthorized, "nbf is to come, by more than the leeway"},
	{WrongAudience, http.StatusUnauthorized, "aud names none of the configured audiences"},
	{UnauthorizedParty, http.StatusUnauthorized, "the client that asked for the token is not in ClientIDs"},
	{SenderConstrained, http.StatusUnauthorized, "the token is bound to a key (cnf), and no proof is checked"},
	{UserInfoRefused, http.StatusUnauthorized, "UserInfo does not accept the token"},
	{UserInfoSubjectMismatch, http.StatusUnauthorized, "UserInfo's answer is not about the token's user"},
	{InsufficientScope, http.StatusForbidden, "the token lacks a scope; the challenge names it"},
	{ClaimMissing, http.StatusForbidden, "a claim that is needed is in neither source"},
	{CheckClaimMissing, http.StatusForbidden, "a claim to check is in neither source"},
	{CheckFailed, http.StatusForbidden, "a claim does not have the value that is configured"},
	{ClaimUnusable, http.StatusForbidden, "the claim that finds or names the user is empty or not a string"},
	{UserNotFound, http.StatusForbidden, "no user has the value"},
	{UserAmbiguous, http.StatusForbidden, "two or more enabled users have the value"},
	{UserDisabled, http.StatusForbidden, "the user is disabled"},
	{KeysUnavailable, http.StatusServiceUnavailable, "keys could not be fetched, so the token cannot be judged"},
	{IntrospectionUnavailable, http.StatusServiceUnavailable, "introspection could not be asked, or refused this service"},
	{DenyListUnavailable, http.StatusServiceUnavailable, "the deny list could not be asked"},
	{UserInfoUnavailable, http.StatusServiceUnavailable, "UserInfo could not be asked"},
	{UserStoreUnavailable, http.StatusServiceUnavailable, "the user lookup failed"},
}

var meaningOf = func() map[Reason]meaning {
	out := make(map[Reason]meaning, len(meanings))
	for _, m := range meanings {
		out[m.Reason] = m
	}
	return out
}()

// All returns every reason, in the order in which faults are looked for.
func All() []Reason {
	out := make([]Reason, 0, len(meanings))
	for _, m := range meanings {
		out = append(out, m.Reason)
	}
	return out
}

// Error makes a reason the target of [errors.Is]: errors.Is(err, reason.Expired).
func (r Reason) Error() string { return string(r) }

// Meaning returns the reason in words, for the operator.
func (r Reason) Meaning() string { return meaningOf[r].text }

// Status returns the HTTP status that a request is refused with for this reason: 400, 401, 403 or 503 (RFC 6750 section
// 3.1). It is 401 for a reason that this package does not know.
func (r Reason) Status() int {
	if m, ok := meaningOf[r]; ok {
		return m.status
	}
	return http.StatusUnauthorized
}

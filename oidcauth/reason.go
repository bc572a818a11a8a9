package oidcauth

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

// kind is what a reason means for the client, who cannot tell reasons of one kind apart.
type kind int

const (
	badToken kind = iota // what an unknown reason is taken for
	noCredentials
	badRequest
	badScope
	forbidden
	unavailable
)

var statuses = map[kind]int{
	badToken: http.StatusUnauthorized, noCredentials: http.StatusUnauthorized, badRequest: http.StatusBadRequest,
	badScope: http.StatusForbidden, forbidden: http.StatusForbidden, unavailable: http.StatusServiceUnavailable,
}

type meaning struct {
	Reason
	kind kind
	text string
}

// meanings are in the order of the steps.
var meanings = []meaning{
	{NoCredentials, noCredentials, "no Authorization header, or one of another scheme"},
	{MalformedRequest, badRequest, "not exactly one well-formed bearer credential"},
	{MalformedToken, badToken, "three parts, but not strict base64url and JSON, or crit, b64 or zip in the header"},
	{OpaqueToken, badToken, "not a JWT, and no issuer is configured to introspect it"},
	{EncryptedToken, badToken, "a JWT that is encrypted"},
	{AlgorithmRefused, badToken, "the algorithm is not RS, PS, ES 256–512 or EdDSA, or not in the issuer's list"},
	{WrongTokenType, badToken, "a token of another kind: logout, refresh, security event, proof"},
	{UnknownIssuer, badToken, "iss is none that is configured, exactly"},
	{KeyNotFound, badToken, "no source holds a key that fits the token"},
	{InvalidSignature, badToken, "no key that fits verifies the signature"},
	{TokenInactive, badToken, "introspection knows no such token, or no longer"},
	{TokenRevoked, badToken, "the token, its session or its user was revoked or logged out here"},
	{IDTokenAsAccessToken, badToken, "an ID token, which is for the client alone"},
	{InvalidClaims, badToken, "exp is missing, a date is no number of seconds, or sub no string"},
	{Expired, badToken, "exp is past, by more than the leeway"},
	{NotYetValid, badToken, "nbf is to come, by more than the leeway"},
	{WrongAudience, badToken, "aud names none of the configured audiences"},
	{UnauthorizedParty, badToken, "the client that asked for the token is not in ClientIDs"},
	{SenderConstrained, badToken, "the token is bound to a key (cnf), and no proof is checked"},
	{UserInfoRefused, badToken, "UserInfo does not accept the token"},
	{UserInfoSubjectMismatch, badToken, "UserInfo's answer is not about the token's user"},
	{InsufficientScope, badScope, "the token lacks a scope; the challenge names it"},
	{ClaimMissing, forbidden, "a claim that is needed is in neither source"},
	{CheckClaimMissing, forbidden, "a claim to check is in neither source"},
	{CheckFailed, forbidden, "a claim does not have the value that is configured"},
	{ClaimUnusable, forbidden, "the claim that finds or names the user is empty or not a string"},
	{UserNotFound, forbidden, "no user has the value"},
	{UserAmbiguous, forbidden, "two or more enabled users have the value"},
	{UserDisabled, forbidden, "the user is disabled"},
	{KeysUnavailable, unavailable, "keys could not be fetched, so nobody knows whether the token is good"},
	{IntrospectionUnavailable, unavailable, "introspection could not be asked, or refused this service"},
	{DenyListUnavailable, unavailable, "the deny list could not be asked"},
	{UserInfoUnavailable, unavailable, "UserInfo could not be asked"},
	{UserStoreUnavailable, unavailable, "the user lookup failed"},
}

var meaningOf = func() map[Reason]meaning {
	out := make(map[Reason]meaning, len(meanings))
	for _, m := range meanings {
		out[m.Reason] = m
	}
	return out
}()

// Reasons are all of them, in the order in which they are looked for.
func Reasons() []Reason {
	out := make([]Reason, 0, len(meanings))
	for _, m := range meanings {
		out = append(out, m.Reason)
	}
	return out
}

// Meaning is the reason in words, for the operator.
func (r Reason) Meaning() string { return meaningOf[r].text }

// Status is the HTTP status that a request is refused with for this reason: 400, 401, 403 or 503 (RFC 6750 section 3.1).
func (r Reason) Status() int { return statuses[r.kind()] }

func (r Reason) kind() kind { return meaningOf[r].kind }

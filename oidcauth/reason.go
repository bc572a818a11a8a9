package oidcauth

// Reason names why a request was refused. Reasons are stable; programs may compare them.
type Reason string

// The reasons, grouped by the status they are answered with.
const (
	NoCredentials    Reason = "no_credentials"    // 401: no Authorization header, or one of another scheme
	MalformedRequest Reason = "malformed_request" // 400: not exactly one well-formed bearer credential

	MalformedToken          Reason = "malformed_token" // 401 from here on: the token is at fault
	OpaqueToken             Reason = "opaque_token"
	EncryptedToken          Reason = "encrypted_token"
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

	InsufficientScope Reason = "insufficient_scope" // 403, with the scope that is needed

	ClaimMissing      Reason = "claim_missing" // 403 from here on: indistinguishable to the client
	ClaimUnusable     Reason = "claim_unusable"
	CheckClaimMissing Reason = "check_claim_missing"
	CheckFailed       Reason = "check_failed"
	UserNotFound      Reason = "user_not_found"
	UserAmbiguous     Reason = "user_ambiguous"
	UserDisabled      Reason = "user_disabled"

	KeysUnavailable      Reason = "keys_unavailable" // 503 from here on: nobody knows whether the token is good
	UserInfoUnavailable  Reason = "userinfo_unavailable"
	UserStoreUnavailable Reason = "user_store_unavailable"
)

// kind is what a reason means for the client.
type kind int

const (
	badToken kind = iota // 401 invalid_token; what an unknown reason is taken for
	noCredentials
	badRequest
	badScope
	forbidden
	unavailable
)

func (r Reason) kind() kind {
	switch r {
	case NoCredentials:
		return noCredentials
	case MalformedRequest:
		return badRequest
	case InsufficientScope:
		return badScope
	case ClaimMissing, ClaimUnusable, CheckClaimMissing, CheckFailed, UserNotFound, UserAmbiguous, UserDisabled:
		return forbidden
	case KeysUnavailable, UserInfoUnavailable, UserStoreUnavailable:
		return unavailable
	}
	return badToken
}

// Package reason defines the reasons for which a request is refused.
//
// A [Reason] is a stable word. Programs compare it with errors.Is:
//
//	if errors.Is(err, reason.Expired) {
//
// Each [github.com/knownbearer/knownbearer/oidcauth.Error] has one reason, and a decision has one for each fault. [All]
// returns every reason. [Reason.Meaning] describes a reason for the operator, and [Reason.Status] is the HTTP status that
// the client receives.
package reason

import "net/http"

// Reason is the reason for which a request is refused. Reasons are stable, so programs may compare them.
type Reason string

// The reasons. [Reason.Meaning] describes each one, and [Reason.Status] returns its HTTP status.
const (
	NoCredentials    Reason = "no_credentials"
	MalformedRequest Reason = "malformed_request"

	MalformedToken            Reason = "malformed_token"
	OpaqueToken               Reason = "opaque_token"
	EncryptedToken            Reason = "encrypted_token"
	TokenInactive             Reason = "token_inactive"
	TokenRevoked              Reason = "token_revoked"
	AlgorithmRefused          Reason = "algorithm_refused"
	HeaderRefused             Reason = "header_refused"
	WrongTokenType            Reason = "wrong_token_type"
	IDTokenAsAccessToken      Reason = "id_token_as_access_token"
	SenderConstrained         Reason = "sender_constrained"
	TokenNotBound             Reason = "token_not_bound"
	ProofMissing              Reason = "proof_missing"
	ProofInvalid              Reason = "proof_invalid"
	ProofOtherKey             Reason = "proof_other_key"
	ProofOtherToken           Reason = "proof_other_token"
	ProofOtherRequest         Reason = "proof_other_request"
	ProofClock                Reason = "proof_clock"
	ProofNonce                Reason = "proof_nonce"
	ProofReplayed             Reason = "proof_replayed"
	ClientCertificateMissing  Reason = "client_certificate_missing"
	ClientCertificateMismatch Reason = "client_certificate_mismatch"
	UnknownIssuer             Reason = "unknown_issuer"
	KeyNotFound               Reason = "key_not_found"
	InvalidSignature          Reason = "invalid_signature"
	InvalidClaims             Reason = "invalid_claims"
	Expired                   Reason = "expired"
	NotYetValid               Reason = "not_yet_valid"
	WrongAudience             Reason = "wrong_audience"
	UnauthorizedParty         Reason = "unauthorized_party"
	UserInfoRefused           Reason = "userinfo_refused"
	UserInfoSubjectMismatch   Reason = "userinfo_subject_mismatch"

	IDTokenMissing      Reason = "id_token_missing"
	LoginIssuerMismatch Reason = "login_issuer_mismatch"
	NonceMismatch       Reason = "nonce_mismatch"
	TokenHashMismatch   Reason = "token_hash_mismatch"
	LoginChanged        Reason = "login_changed"

	AttemptUnknown       Reason = "attempt_unknown"
	AttemptExpired       Reason = "attempt_expired"
	AttemptUsed          Reason = "attempt_used"
	StateMismatch        Reason = "state_mismatch"
	AuthorizationRefused Reason = "authorization_refused"
	InteractionRequired  Reason = "interaction_required"
	CodeRefused          Reason = "code_refused"
	RefreshRefused       Reason = "refresh_refused"
	ProviderUnavailable  Reason = "provider_unavailable"

	SessionUnknown          Reason = "session_unknown"
	SessionExpired          Reason = "session_expired"
	SessionTooLarge         Reason = "session_too_large"
	SessionStoreUnavailable Reason = "session_store_unavailable"
	CrossOriginRequest      Reason = "cross_origin_request"

	InsufficientScope              Reason = "insufficient_scope"
	InsufficientUserAuthentication Reason = "insufficient_user_authentication"

	RoleMissing      Reason = "role_missing"
	AccessDenied     Reason = "access_denied"
	ApplicationError Reason = "application_error"

	ClaimMissing      Reason = "claim_missing"
	ClaimUnusable     Reason = "claim_unusable"
	CheckClaimMissing Reason = "check_claim_missing"
	CheckFailed       Reason = "check_failed"
	UserNotFound      Reason = "user_not_found"
	UserAmbiguous     Reason = "user_ambiguous"
	UserDisabled      Reason = "user_disabled"

	KeysUnavailable          Reason = "keys_unavailable"
	IntrospectionUnavailable Reason = "introspection_unavailable"
	ReplayStoreUnavailable   Reason = "replay_store_unavailable"
	DenyListUnavailable      Reason = "deny_list_unavailable"
	UserInfoUnavailable      Reason = "userinfo_unavailable"
	UserStoreUnavailable     Reason = "user_store_unavailable"
)

type meaning struct {
	Reason
	status int
	text   string
}

// meanings lists the reasons in the order of the steps. A Meaning is one sentence, or two.
var meanings = []meaning{
	{NoCredentials, http.StatusUnauthorized, "The request has no credentials where Config.Credentials reads them: the header is missing, or its scheme is not Bearer. A request to a route with a login has no session either."},
	{MalformedRequest, http.StatusBadRequest, "The request does not contain exactly one well-formed access token where it is read (Config.Credentials). A request to a page of a login has missing, repeated or oversized parameters."},
	{MalformedToken, http.StatusUnauthorized, "The token has three parts, but they are not strict base64url and JSON, or its header contains crit, b64 or zip."},
	{OpaqueToken, http.StatusUnauthorized, "The token is not a JWT, and no issuer is configured to introspect it."},
	{EncryptedToken, http.StatusUnauthorized, "The token is an encrypted JWT."},
	{AlgorithmRefused, http.StatusUnauthorized, "The algorithm is not in Issuer.Algorithms, by default RS, PS and ES with 256, 384 or 512, and EdDSA."},
	{HeaderRefused, http.StatusUnauthorized, "The header of the token does not satisfy Issuer.HeaderChecks."},
	{WrongTokenType, http.StatusUnauthorized, "The token is of another type, such as a logout token, a refresh token, a security event token or a proof."},
	{UnknownIssuer, http.StatusUnauthorized, "The claim iss does not exactly equal a configured issuer, or a login names a provider that is not configured."},
	{KeyNotFound, http.StatusUnauthorized, "The key sources contain no key that matches the token."},
	{InvalidSignature, http.StatusUnauthorized, "The signature is not valid under any matching key."},
	{TokenInactive, http.StatusUnauthorized, "Introspection reports that the token is not active."},
	{TokenRevoked, http.StatusUnauthorized, "The deny list contains the token, its session or its user."},
	{IDTokenAsAccessToken, http.StatusUnauthorized, "The token is an ID token, which is only for the client."},
	{InvalidClaims, http.StatusUnauthorized, "The claim exp is missing, a time claim is not a number of seconds, or sub is not a string. An ID token must also have iat and sub."},
	{Expired, http.StatusUnauthorized, "The time in exp has passed by more than the leeway."},
	{NotYetValid, http.StatusUnauthorized, "The time in nbf, or in iat of an ID token, is in the future by more than the leeway."},
	{WrongAudience, http.StatusUnauthorized, "The claim aud contains no configured audience. That of an ID token must contain the client of the login."},
	{UnauthorizedParty, http.StatusUnauthorized, "The client that requested the token is not in Issuer.ClientIDs. That of an ID token must be the client of the login (azp)."},
	{SenderConstrained, http.StatusUnauthorized, "The token is bound to a key (cnf) in a way that is not supported or not configured."},
	{TokenNotBound, http.StatusUnauthorized, "The token is not bound to a key, and the scheme DPoP or Issuer.RequireBoundTokens requires it."},
	{ProofMissing, http.StatusUnauthorized, "The token is bound to the key of a DPoP proof, and the request has no proof or uses the scheme Bearer."},
	{ProofInvalid, http.StatusUnauthorized, "The DPoP proof is malformed, its signature does not verify, or there are several (RFC 9449 section 4.3)."},
	{ProofOtherKey, http.StatusUnauthorized, "The DPoP proof is signed by another key than the one to which the token is bound."},
	{ProofOtherToken, http.StatusUnauthorized, "The DPoP proof was made for another token (ath)."},
	{ProofOtherRequest, http.StatusUnauthorized, "The DPoP proof was made for another method or URL (htm, htu). The URL of the service is Config.PublicURL."},
	{ProofClock, http.StatusUnauthorized, "The DPoP proof is too old or from the future (iat)."},
	{ProofNonce, http.StatusUnauthorized, "The DPoP proof has no nonce of this service, or an old one. The response gives a new nonce."},
	{ProofReplayed, http.StatusUnauthorized, "The DPoP proof was used before."},
	{ClientCertificateMissing, http.StatusUnauthorized, "The token is bound to a client certificate, and the request shows no readable certificate (RFC 8705 section 3)."},
	{ClientCertificateMismatch, http.StatusUnauthorized, "The token is bound to another client certificate."},
	{UserInfoRefused, http.StatusUnauthorized, "UserInfo refuses the token."},
	{UserInfoSubjectMismatch, http.StatusUnauthorized, "The sub of UserInfo's answer does not equal the subject of the token."},
	{SessionUnknown, http.StatusUnauthorized, "The cookie of the request belongs to no session that can be used: the session has ended, the store has lost it, or the configuration no longer has its key, its provider or its claims."},
	{SessionExpired, http.StatusUnauthorized, "The session in the cookie was idle too long, or has reached its greatest age. If sessions are in a store, the reason is session_unknown."},
	{CrossOriginRequest, http.StatusForbidden, "A page of another origin sent a request that needs a session, and the method of the request is not GET, HEAD or OPTIONS, or it opens a WebSocket."},
	{AttemptUnknown, http.StatusBadRequest, "The browser that opened the callback has no cookie of the login: the login began in another browser, or the cookie was not sent."},
	{AttemptExpired, http.StatusBadRequest, "The login took longer than 10 minutes."},
	{AttemptUsed, http.StatusBadRequest, "The callback was opened a second time."},
	{StateMismatch, http.StatusBadRequest, "The browser came back from the provider's logout with a state that is not that of a logout which began in this browser."},
	{LoginIssuerMismatch, http.StatusBadRequest, "The authorization response or the ID token is not from the issuer with which the login began (RFC 9207)."},
	{InteractionRequired, http.StatusUnauthorized, "The provider did not sign the user in, and returned an error such as login_required, consent_required or unmet_authentication_requirements."},
	{AuthorizationRefused, http.StatusForbidden, "The provider ended the login with an error, which the detail names."},
	{CodeRefused, http.StatusBadRequest, "The token endpoint does not accept the authorization code."},
	{RefreshRefused, http.StatusUnauthorized, "The token endpoint does not accept the refresh token of the session."},
	{IDTokenMissing, http.StatusUnauthorized, "The token response has no ID token, although the login requested the scope openid."},
	{NonceMismatch, http.StatusUnauthorized, "The nonce of the ID token is not that of the login."},
	{TokenHashMismatch, http.StatusUnauthorized, "The at_hash of the ID token does not match the access token of the same token response."},
	{LoginChanged, http.StatusUnauthorized, "The provider answered a refresh or a step-up with another user, issuer or authentication than that of the session."},
	{SessionTooLarge, http.StatusInternalServerError, "The session is larger than 3.5 KiB in a cookie, or than 256 KiB in a store."},
	{InsufficientScope, http.StatusForbidden, "The token lacks a required scope. The challenge names the scope."},
	{InsufficientUserAuthentication, http.StatusUnauthorized, "The user authenticated in another way, or longer ago, than the route or the login requires (RFC 9470). The challenge of a route names the requirement."},
	{RoleMissing, http.StatusForbidden, "The caller lacks a required role."},
	{AccessDenied, http.StatusForbidden, "A rule of the application refuses. The decision names the rule."},
	{ApplicationError, http.StatusInternalServerError, "The application refuses with an error of its own, which is not an oidcauth.Error."},
	{ClaimMissing, http.StatusForbidden, "A required claim is neither in the token nor in UserInfo."},
	{CheckClaimMissing, http.StatusForbidden, "A claim that a check reads is neither in the token nor in UserInfo."},
	{CheckFailed, http.StatusForbidden, "A claim does not have a value that a check accepts."},
	{ClaimUnusable, http.StatusForbidden, "The claim that finds or names the user is empty or not a string."},
	{UserNotFound, http.StatusForbidden, "No local user has the value of the search claim."},
	{UserAmbiguous, http.StatusForbidden, "Two or more enabled users have the value of the search claim."},
	{UserDisabled, http.StatusForbidden, "The local user is disabled."},
	{KeysUnavailable, http.StatusServiceUnavailable, "The keys cannot be fetched, so the token cannot be verified."},
	{IntrospectionUnavailable, http.StatusServiceUnavailable, "Introspection gives no usable answer, or refuses this service."},
	{ReplayStoreUnavailable, http.StatusServiceUnavailable, "The store of used DPoP proofs is unavailable or full."},
	{DenyListUnavailable, http.StatusServiceUnavailable, "The deny list cannot be read."},
	{ProviderUnavailable, http.StatusServiceUnavailable, "The provider gives no usable answer to a login or to a refresh, or refuses this service as its client."},
	{SessionStoreUnavailable, http.StatusServiceUnavailable, "The store of sessions gives no usable answer."},
	{UserInfoUnavailable, http.StatusServiceUnavailable, "UserInfo gives no usable answer."},
	{UserStoreUnavailable, http.StatusServiceUnavailable, "The user lookup fails."},
}

var meaningOf = func() map[Reason]meaning {
	out := make(map[Reason]meaning, len(meanings))
	for _, m := range meanings {
		out[m.Reason] = m
	}
	return out
}()

// All returns every reason, in the order in which a token is checked for it. The caller owns the slice.
func All() []Reason {
	out := make([]Reason, 0, len(meanings))
	for _, m := range meanings {
		out = append(out, m.Reason)
	}
	return out
}

// Error returns the reason itself. It makes a reason an error, so that it can be the target of [errors.Is].
func (r Reason) Error() string { return string(r) }

// Meaning describes the reason in one or two sentences, for the operator. It is empty for a reason that this package does
// not define.
func (r Reason) Meaning() string { return meaningOf[r].text }

// Status returns the HTTP status of a refusal for this reason: 400, 401, 403, 500 or 503 (RFC 6750 section 3.1). It is 401
// for a reason that this package does not define. No bearer token causes a 500.
func (r Reason) Status() int {
	if m, ok := meaningOf[r]; ok {
		return m.status
	}
	return http.StatusUnauthorized
}

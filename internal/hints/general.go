package hints

import "strings"

// generalRules explain a reason if no other rule does. Their code is the reason.
var generalRules = []Rule{
	general("no_credentials", "The request has no bearer token in the Authorization header, or the code that needs the identity runs without Handler.",
		"Have the client send \"Authorization: Bearer <token>\"; if you use a router, check that Handler wraps this code."),
	general("malformed_request", "The credentials are not a single token.", "Have the client send one token, unchanged, and nothing else."),
	general("malformed_token", "The token looks like a JWT but is malformed, or its header requires an extension that is not supported.",
		"Check that no proxy or client changes the token, and find out which product issued it."),
	general("algorithm_refused", "The token's header names no algorithm, or an algorithm that this library never accepts.", "Have the provider sign with RS256 or ES256."),
	general("header_refused", "A member of the token's header does not have a value that Issuer.HeaderChecks accepts.",
		"Check that Issuer.HeaderChecks lists the values that your own product writes; if it does, the token was made for or by another one."),
	withEvidence(general("unknown_issuer", "The token names an issuer that is not configured.",
		"Compare Issuer.URL with the issuer that your provider's discovery document names; if they are equal, the client got its token from another provider or environment. Never configure an issuer because a token names it: a sender can write any iss."), issuers),
	general("invalid_signature", "The configured key that the token names does not verify the signature.",
		"Check that the configured keys and the token come from the same provider and environment, and get keys only from the provider; if they do, the token was changed or forged."),
	general("token_inactive", "The provider does not know the token, it has expired or was revoked, or this service's client may not introspect it.",
		"Check that the provider allows this service's client to introspect the token: some providers require that the audience names this service. If it does, have the client get a new token."),
	general("token_revoked", "The token was revoked in this service, or its user or session was logged out.", "Have the user sign in again."),
	general("invalid_claims", "The token lacks exp, or a claim is of the wrong type.", "Have the provider issue exp, iat and nbf as numbers of seconds (RFC 7519 section 2), and sub as a string."),
	general("not_yet_valid", "The token is not valid yet.", "Find out why the provider issues such tokens; if its clock is ahead, synchronise it."),
	withEvidence(general("wrong_audience", "The token's aud names no audience of this API.",
		"Have the client request this API by scope, resource or audience; Issuer.Audience must contain only identifiers that the provider registered for this API."), audiences),
	withEvidence(general("unauthorized_party", "The client that requested the token may not call this API.", "If it is one of your own clients and may call this API, add its id, as the provider shows it, to Issuer.ClientIDs."), clients),
	general("sender_constrained", "The token is bound to a key in a way that this service does not support.",
		"Have the client request a plain bearer token for this API, or one that is bound by DPoP or mutual TLS (cnf with jkt or x5t#S256)."),
	general("token_not_bound", "The token is not bound to a key, although the request or the configuration requires it.",
		"Have the client request a token with a DPoP proof or over mutual TLS, and check that the provider supports it; Issuer.RequireBoundTokens refuses all other tokens."),
	general("proof_missing", "The token is bound to the key of a DPoP proof, and the request has no proof.", "Have the client send a proof in the DPoP header (RFC 9449 section 7.1)."),
	general("proof_invalid", "The DPoP proof is malformed, or its signature does not verify.",
		"Have the client make its proofs with a maintained library: the header has typ dpop+jwt, alg and jwk, and the claims are jti, htm, htu, iat and ath (RFC 9449 section 4.2)."),
	general("proof_other_key", "The DPoP proof is signed by another key than the one to which the token is bound.",
		"Have the client sign with the key of its token request; if it has made a new key since, have it request a new token. If the client did not send this request, its token may be stolen: revoke it."),
	general("proof_other_token", "The DPoP proof was made for another access token.", "Have the client make a new proof for each request, with the hash of the token that it sends (ath)."),
	general("proof_clock", "The DPoP proof is older than Config.DPoP.MaxAge, or its iat is in the future.",
		"Have the client make a proof for each request, and synchronise the clocks of client and service. If the clients' clocks cannot be synchronised, set Config.DPoP.RequireNonce and a larger MaxAge."),
	general("proof_nonce", "The DPoP proof has no nonce of this service, or an old one.",
		"Have the client repeat the request with the nonce of the DPoP-Nonce header; clients that support nonces do so by themselves."),
	general("proof_replayed", "The same DPoP proof was used before.",
		"Have the client make a new proof for each request: a retry by its HTTP library may have repeated the proof. If the client sent the proof once, someone else may have repeated the request."),
	general("client_certificate_missing", "The token is bound to a client certificate, and the request shows none.",
		"Have the client connect with its certificate, and have this service or its proxy request one. If TLS ends at a proxy, set Config.ClientCertificate."),
	general("client_certificate_mismatch", "The token is bound to another client certificate.", "Have the client request a new token with the certificate that it uses now."),
	general("replay_store_unavailable", "The store of used DPoP proofs is unavailable or full.",
		"Check that the store of Config.DPoP.Replays is reachable, and that it has room for the proofs of twice Config.DPoP.MaxAge."),
	general("userinfo_subject_mismatch", "UserInfo's sub differs from the subject of the token, so it may describe another user.",
		"Check that the token and UserInfo come from the same provider, that no cache answers for UserInfo, and that the provider does not give each client its own sub (pairwise)."),
	withEvidence(general("insufficient_scope", "The client did not request a scope that this route requires, or the provider did not grant it.",
		"Have the client request the scope, and have the provider grant it."), requiredScopes),
	general("insufficient_user_authentication", "The authentication of the user does not meet the requirement of the route, or the requirement names neither acr nor a positive maximum age.",
		"Have the client send the user to the provider again, with acr_values and max_age of the challenge."),
	general("role_missing", "The caller lacks a role that the route requires.", "If the caller should pass, have the provider assign the role of this API to the user or client, and have the client get a new token."),
	general("access_denied", "A rule of the application refuses. The decision names the rule.", "Read the rule in the code of the service; if the user or the client should pass, change what the rule reads."),
	general("application_error", "The application calls Refuse with an error that is not an oidcauth.Error, so it may have failed.",
		"Find the cause in the detail. If the error is a decision, let Identity.Require return it, or refuse with &oidcauth.Error{Reason: reason.AccessDenied, Err: err}."),
	withEvidence(general("claim_missing", "A required claim is neither in the token nor in UserInfo.", "Have the provider issue the claim, or name a claim that it issues in Issuer.Claims."), missingClaim),
	withEvidence(general("check_claim_missing", "A claim that a check reads is neither in the token nor in UserInfo.", "Have the provider issue the claim, or correct its name in the check of Issuer.Claims.Checks or RequireClaims."), missingClaim),
	general("check_failed", "A claim does not have a value that a check accepts.", "Check that Issuer.Claims.Checks or RequireClaims lists the right value; add another value only if all users and clients with it may use this service."),
	general("claim_unusable", "The claim that finds or names the user is empty, or not a string.", "Set Issuer.Claims.User or Issuer.Claims.Name to a claim that is a string and not empty, such as claims.Name(\"sub\")."),
	general("user_not_found", "No local user has the value of the search claim.",
		"If this person may use this service, create the user. Otherwise check that Issuer.Claims.User names the claim whose values your users have. Set Config.ShowClaimValues to log the value."),
	general("user_disabled", "The local user is disabled.", "If the user may use this service, enable the user; if your own code makes the usermap.User, set usermap.User.Enabled."),
	general("keys_unavailable", "The provider's keys cannot be fetched.", "Check that the provider answers at the URL of its keys."),
	general("introspection_unavailable", "Introspection gives no usable answer.", "Check that the endpoint answers, and that it accepts this service's client id and secret."),
	general("deny_list_unavailable", "The deny list, which contains the revoked tokens, cannot be read.", "Check that the store of Config.Revocation.DenyList is reachable; until then every token and every session is refused, because it may be revoked."),
	general("userinfo_unavailable", "UserInfo gives no usable answer.", "Check that the endpoint answers."),
	general("user_store_unavailable", "The user lookup failed.", "Check that the database is reachable and has the configured tables and columns; call Diagnose to try the lookup."),
}

func issuers(c *Case) evidence {
	return evidence{c.text("iss"), join(c.Issuers[:min(len(c.Issuers), maxValues)])}
}

func audiences(c *Case) evidence {
	return evidence{"aud " + join(c.audience()), "aud " + join(c.Audience)}
}

func missingClaim(c *Case) evidence {
	if c.Claim == "" {
		return evidence{}
	}
	return evidence{"no " + clip(c.Claim), clip(c.Claim) + " in the token or in UserInfo"}
}

func requiredScopes(c *Case) evidence {
	return evidence{strings.TrimSpace("scope " + clip(join(c.scopes()))), "scope " + clip(join(c.Required))}
}

func clients(c *Case) evidence {
	return evidence{"client " + c.client(), "one of " + join(c.ClientIDs)}
}

// withEvidence adds evidence to a general rule.
func withEvidence(r Rule, find func(*Case) evidence) Rule {
	r.match = func(c *Case) (evidence, bool) { return find(c), true }
	return r
}

func general(reason, cause, fix string) Rule {
	return Rule{
		Code: reason, Reasons: []string{reason}, Cause: cause, Fix: fix, General: true,
		match: func(*Case) (evidence, bool) { return evidence{}, true },
	}
}

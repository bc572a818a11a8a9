package hints

// generalRules explain a reason if no other rule does. Their code is the reason.
var generalRules = []Rule{
	general("no_credentials", "The request carries no bearer token that this service reads, or the code that needs the identity runs without Handler.",
		"Have the client send \"Authorization: Bearer <token>\"; with a router, check that Handler wraps this code."),
	general("malformed_request", "The text after Bearer is not a single token.", "Have the client send one token, unchanged, and nothing else."),
	general("malformed_token", "The token looks like a JWT but is malformed, or its header needs an extension that is not supported.",
		"Check that nothing changes the token on its way, and which product issued it."),
	general("algorithm_refused", "The token's header names no algorithm, or one that is never accepted.", "Have the provider sign with RS256 or ES256."),
	showing(general("unknown_issuer", "The token names an issuer that is not configured.",
		"Compare Issuer.URL with the issuer that your provider's discovery document names; if they are equal, the client got its token from another provider or environment. A sender can write any iss: never configure an issuer because a token names it."), issuers),
	general("invalid_signature", "The key that the token names does not verify the signature.",
		"The token was changed or forged, or the configured keys belong to another provider or environment; get keys only from the provider."),
	general("token_inactive", "The provider does not know the token, it has expired or was revoked, or this service's client may not introspect it.",
		"First check that the provider allows this service's client to introspect the tokens of that client, or names this service in their audience; else have the client get a new token."),
	general("token_revoked", "The token was revoked here, or its user or session was logged out.", "Have the user log in again."),
	general("invalid_claims", "The token lacks exp, or a claim is of the wrong type.", "Have the provider issue access tokens as RFC 9068 describes them."),
	general("not_yet_valid", "The token is not valid yet.", "Find out why the provider issues such tokens; if its clock is ahead, synchronise it."),
	showing(general("wrong_audience", "The token's aud names no audience of this API.",
		"Have the client request this API by scope, resource or audience; Issuer.Audience must contain only identifiers that the provider registered for this API."), audiences),
	showing(general("unauthorized_party", "The client that requested the token may not call this API.", "If it is one of your own clients and may call this API, add its id, as the provider shows it, to Issuer.ClientIDs."), clients),
	general("sender_constrained", "The token is bound to a key of the client (DPoP or mutual TLS), and proofs are not checked here.",
		"Have the client request a plain bearer token for this API."),
	general("userinfo_subject_mismatch", "UserInfo answered for a user other than the token's.",
		"Check that the token and UserInfo come from the same provider, that no cache answers for UserInfo, and that the provider does not give each client its own sub (pairwise)."),
	general("insufficient_scope", "The client did not request a scope that this route requires, or was not granted it.",
		"Have the client request the scope, and the provider grant it."),
	general("claim_missing", "A required claim is neither in the token nor in UserInfo.", "Have the provider issue it, or configure the claim that it does issue."),
	general("check_claim_missing", "A claim of Issuer.Claims.Checks is neither in the token nor in UserInfo.", "Have the provider issue it, or check how its name is spelled in Issuer.Claims.Checks."),
	general("check_failed", "A claim does not have a value that Issuer.Claims.Checks accepts.", "Check that Issuer.Claims.Checks lists the right value; add another only if everyone who has it may call this API."),
	general("claim_unusable", "The claim that finds or names the user is empty, or not a string.", "Search by a claim that is a string, such as sub."),
	general("user_not_found", "No local user has the value of the search claim.",
		"If this person may call this API, create the user; else check that Issuer.Claims.User names the claim whose values your users have; Config.ShowClaimValues logs the value."),
	general("user_disabled", "The local user is disabled.", "If that is not intended, enable the user; if your own code makes the usermap.User, set its Enabled."),
	general("keys_unavailable", "The provider's keys cannot be fetched.", "Check that the provider answers at their URL."),
	general("introspection_unavailable", "Introspection gives no usable answer.", "Check that the endpoint answers, and that it accepts this service's client id and secret."),
	general("deny_list_unavailable", "The list of revoked tokens cannot be read.", "Check that its store is reachable; until then no token is accepted, because it may be revoked."),
	general("userinfo_unavailable", "UserInfo gives no usable answer.", "Check that the endpoint answers."),
	general("user_store_unavailable", "The user lookup failed.", "Check that the database is reachable and has the configured tables and columns; Diagnose tries the lookup."),
}

func issuers(c *Case) seen {
	return seen{c.text("iss"), join(c.Issuers[:min(len(c.Issuers), maxValues)])}
}

func audiences(c *Case) seen {
	return seen{"aud " + join(c.audience()), "aud " + join(c.Audience)}
}

func clients(c *Case) seen {
	return seen{"client " + c.client(), "one of " + join(c.ClientIDs)}
}

// showing returns a general rule that also shows what it saw.
func showing(r Rule, sees func(*Case) seen) Rule {
	r.sees = func(c *Case) (seen, bool) { return sees(c), true }
	return r
}

func general(reason, cause, fix string) Rule {
	return Rule{
		Code: reason, Reasons: []string{reason}, Cause: cause, Fix: fix, General: true,
		sees: func(*Case) (seen, bool) { return seen{}, true },
	}
}

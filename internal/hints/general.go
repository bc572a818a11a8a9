package hints

// generalRules explain each reason where nothing more special is known; their codes are the reasons.
var generalRules = []Rule{
	general("no_credentials", "The request carries no bearer token that this service reads, or no Handler stands before what asks for its identity.",
		"Have the client send \"Authorization: Bearer <token>\"; behind a router, see that Handler stands before this."),
	general("malformed_request", "What follows Bearer is not one token.", "Have the client send one token, as it got it, and nothing else."),
	general("malformed_token", "The token looks like a JWT and is none, or its header asks for what is not supported.",
		"See that nothing on the way changes the token, and which product issued it."),
	general("algorithm_refused", "The token's header names no algorithm, or one that is never accepted.", "Have the provider sign with RS256 or ES256."),
	showing(general("unknown_issuer", "The token is of an issuer that is not configured.",
		"Compare Issuer.URL with the issuer that your provider's discovery document names; if they are equal, the client got its token in another place or environment. Anybody can write any iss: never configure one because a token names it."), issuers),
	general("invalid_signature", "The signature does not fit the key that the token names.",
		"The token was changed on the way or forged, or the keys that are configured are of another provider or environment; take keys from the provider alone."),
	general("token_inactive", "The provider knows no such token, or it has expired or was revoked, or this service's client may not know it: then it is called inactive, too.",
		"See first that the provider lets this service's client introspect the tokens of that client, or names this service in their audience; else have the client get a new token."),
	general("token_revoked", "The token was revoked here, or its user or session was logged out.", "Have the user log in again."),
	general("invalid_claims", "The token lacks exp, or a claim is of the wrong type.", "Have the provider issue access tokens as RFC 9068 describes them."),
	general("not_yet_valid", "The token is valid later only.", "See why the provider issues it so; if its clock is ahead, synchronise it."),
	showing(general("wrong_audience", "The token's aud is none of this API's.",
		"Have the client ask for this API, by scope, resource or audience; Issuer.Audience is for what the provider has registered for this API, and for no other's."), audiences),
	showing(general("unauthorized_party", "The client that asked for the token may not call this API.", "If it is one of your own clients and may call this API, add its id, as the provider shows it, to Issuer.ClientIDs."), clients),
	general("sender_constrained", "The token is bound to a key of the client (DPoP or mutual TLS), and no proof is checked here.",
		"Have the client ask for a plain bearer token for this API."),
	general("userinfo_subject_mismatch", "UserInfo answered for another user than the token's.",
		"See that token and UserInfo are of one provider, that no cache stands between, and that a client's sub is not its own (pairwise)."),
	general("insufficient_scope", "The client did not ask for a scope that this route requires, or was not granted it.",
		"Have the client ask for the scope, and the provider grant it."),
	general("claim_missing", "A claim that is needed is neither in the token nor in UserInfo.", "Have the provider issue it, or configure the claim that it does issue."),
	general("check_claim_missing", "A claim to check is neither in the token nor in UserInfo.", "Have the provider issue it, or see how its name is spelt in Issuer.Checks."),
	general("check_failed", "A claim does not have the value that Issuer.Checks wants.", "See that the check has the value meant; add another only if you know whose it is, and all who have it are to be let in."),
	general("claim_unusable", "The claim that finds or names the user is empty, or not a string.", "Search by a claim that is a string, such as sub."),
	general("user_not_found", "No local user has the value of the search claim.",
		"If this person is to be let in, create the user; or see that Issuer.Search names the claim whose values your users have; Config.ShowClaimValues logs the value."),
	general("user_disabled", "The local user is disabled.", "If that is not on purpose, enable the user; of a User that your own code makes, set Enabled."),
	general("keys_unavailable", "The provider's keys cannot be fetched.", "See that the provider answers there."),
	general("introspection_unavailable", "Introspection cannot be asked.", "See that the provider answers there, and that it accepts this service's client id and secret."),
	general("deny_list_unavailable", "The list of revoked tokens cannot be asked.", "See that its store is reachable; until then no token is accepted, since it may be a revoked one."),
	general("userinfo_unavailable", "UserInfo cannot be asked.", "See that the provider answers there."),
	general("user_store_unavailable", "The user lookup failed.", "See that the database is reachable, and that its tables and columns are those configured; Diagnose tries it."),
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

// showing adds to a general rule what it saw.
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

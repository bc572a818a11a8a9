package hints

// logoutRules are the only rules about logout tokens. Advice on access tokens would mislead.
var logoutRules = []Rule{
	{
		Code: "logout_token_refused", Logout: true,
		Cause: "The logout token breaks a rule, which the detail of the refusal names.",
		Fix: "Have the provider post the logout token as the form value logout_token, and list the client ids that the provider logs out " +
			"in Issuer.LogoutAudience; these are not audiences of the API.",
		match: func(*Case) (evidence, bool) { return evidence{}, true },
	},
}

package hints

// ofLogout returns the only hint about a logout token. Advice on access tokens would mislead.
func ofLogout(reason string) Hint {
	return Hint{
		Code: "logout_token_refused", Reason: reason,
		Cause: "The logout token breaks a rule, which the detail of the refusal names.",
		Fix: "Have the provider post the logout token as the form value logout_token, and list the client ids that the provider logs out " +
			"in Issuer.LogoutAudience; these are not audiences of the API.",
	}
}

package hints

// ofLogout is the one hint on a logout token: its rules are its own, and the advice on access tokens would mislead.
func ofLogout(reason string) Hint {
	return Hint{
		Code: "logout_token_refused", Reason: reason,
		Cause: "A logout token was not taken; the detail says which of its rules it broke.",
		Fix: "The provider posts it as the form value logout_token; Issuer.LogoutAudience holds the client ids that the provider " +
			"logs out, which are no audiences of the API.",
	}
}

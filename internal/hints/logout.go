package hints

// ofLogout returns the only hint about a logout token. Advice on access tokens would mislead.
func ofLogout(reason string) Hint {
	return Hint{
		Code: "logout_token_refused", Reason: reason,
		Cause: "A logout token was refused; the detail says which rule it breaks.",
		Fix: "The provider must post it as the form value logout_token; Issuer.LogoutAudience must list the client ids that the provider " +
			"logs out, which are not audiences of the API.",
	}
}

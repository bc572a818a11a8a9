package settings

// signIn is the part of a login.Config that is not about one provider.
type signIn struct {
	// The URL below which browsers reach this service, such as https://app.example.com. By default it is the publicURL of the document.
	PublicURL string `json:"publicURL" else:"publicURL of the document"`
	// The path below which the pages of the login are served. The redirect URI to register at a provider is publicURL, path, a slash, and the callback of the provider's login.
	Path string `json:"path" default:"\"/auth\""`
	// The keys of cookies and sessions, each as 32 random bytes in base64. The first one seals, and all of them open. All replicas need the same keys.
	Keys []secret `json:"keys" need:"true"`
	// The applications, or providers that no application uses, with which users sign in. By default they are all that have a clientID.
	Applications []string `json:"applications" else:"all that have a clientID"`
	// The path to which a login leads if it did not begin at a page. By default it is the path of publicURL.
	Home string `json:"home" else:"the path of publicURL"`
	// The name with which the cookies of the login begin. Two services on one host need different names.
	CookieName string `json:"cookieName" default:"\"session\""`
	// The sessions. They are stored in memory, unless the program sets another store.
	Sessions sessions `json:"sessions"`
	// What follows a logout.
	Logout logoutAtLast `json:"logout"`
}

// sessions are login.Sessions.
type sessions struct {
	// How long a session lasts without requests.
	Idle duration `json:"idle" default:"\"1h0m0s\""`
	// How long a session lasts after its login, at most 9600h.
	Absolute duration `json:"absolute" default:"\"12h0m0s\""`
	// Whether sessions are in cookies instead of a store. They then have no access token for calls to other APIs.
	InCookie bool `json:"inCookie" default:"false"`
}

// logoutAtLast is a login.Logout.
type logoutAtLast struct {
	logout
	// The local path to which the browser is sent in the end. Without it, a page says that the user is signed out.
	ReturnTo string `json:"returnTo"`
}

// logout is the part of a login.Logout that can differ between providers.
type logout struct {
	// Whether a logout ends nothing at the provider: neither its session nor the refresh token.
	LocalOnly bool `json:"localOnly" default:"false"`
	// Whether the browser stays at the provider after a logout.
	NoRedirect bool `json:"noRedirect" default:"false"`
	// The URL to which the provider sends the browser after a logout, instead of to this service. It must be registered there.
	RedirectURI string `json:"redirectURI"`
}

// providerLogin is a login.Provider without its client, and a provider.TokenRequest.
type providerLogin struct {
	// The name by which users choose the provider, if they can choose. By default it is the name in the document.
	Name string `json:"name" else:"the name in the document"`
	// The last segment of the redirect URI. Providers of different issuers need different ones, each registered at its provider only.
	Callback string `json:"callback" default:"\"callback\""`
	// The requested scopes. By default, a login requests openid. Some providers need offline_access for refresh tokens.
	Scopes []string `json:"scopes" else:"openid, for a login"`
	// The URIs of the APIs that a requested token is for (RFC 8707).
	Resources []string `json:"resources"`
	// The parameter audience, which some providers use instead of resource.
	Audience string `json:"audience"`
	// The requested authentication contexts, in order of preference.
	ACRValues []string `json:"acrValues"`
	// Whether a login with another authentication context than acrValues is refused.
	RequireACR bool `json:"requireACR" default:"false"`
	// How long ago the user may have authenticated at the provider, in whole seconds. By default, any time ago.
	MaxAge duration `json:"maxAge" else:"any"`
	// The parameter prompt, such as select_account.
	Prompt string `json:"prompt"`
	// The languages of the provider's pages, in order of preference.
	UILocales []string `json:"uiLocales"`
	// More parameters of the login's request, by name.
	Parameters map[string][]string `json:"parameters"`
	// Whether the provider answers by a POST (form_post), so that no code is in a URL. It needs https.
	FormPost bool `json:"formPost" default:"false"`
	// Whether a login ignores the ID token and uses UserInfo alone. It needs the scope openid, and claims.userInfo.
	InsecureSkipIDToken bool `json:"insecureSkipIDToken" default:"false"`
	// What follows a logout, instead of the logout of the document.
	Logout *logout `json:"logout"`
}

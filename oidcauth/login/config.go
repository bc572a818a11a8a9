package login

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Config configures a [RelyingParty]. Authenticator, Providers, PublicURL and Keys are required. Its printed forms contain no key.
type Config struct {
	// Authenticator verifies the logins: its issuers, claims, checks and users apply to a login as they do to a bearer token. Its
	// successors ([oidcauth.Authenticator.Next]) apply as soon as they are in use.
	Authenticator *oidcauth.Authenticator
	// Providers are the clients with which users sign in. If there are several, a page lets the visitor choose.
	Providers []Provider
	// PublicURL is the URL below which browsers reach this service, such as https://app.example.com. It is never read from a request. Its
	// path, if it has one, is the prefix that a proxy removes. It must be https, except on loopback: localhost, a name below localhost, or a
	// loopback address. If empty, it is that of the Authenticator.
	PublicURL string
	// Path is the path below which the pages of the login are served: see [RelyingParty.ServeHTTP]. If empty, it is /auth.
	Path string
	// Keys seal cookies and stored sessions (AES-256-GCM). Each has 32 random bytes. The first key seals, and all keys open. To rotate, add
	// the new key behind the others on all replicas, then put it first, and remove the old key when the sessions that it sealed have ended.
	// All replicas need the same keys. Each service needs keys of its own.
	Keys [][]byte
	// Sessions configures the sessions.
	Sessions Sessions
	// Logout configures what follows a logout here.
	Logout Logout
	// Home is the path to which a login without a return path leads. If empty, it is the path of PublicURL, or /.
	Home string
	// CookieName is the name of the session's cookie, without the prefix __Host-, in letters, digits, dots and underscores. The names of the
	// other cookies of a login begin with it. If empty, it is session. Two services on one host need different names.
	CookieName string
	// Refuse writes the answer to a login or a request that is refused. It also answers a request with a session that does not meet a
	// requirement of its route. If nil, it is a page for people, and a problem document (RFC 9457) for programs. The status is that of
	// [oidcauth.Error.Status]. Cache-Control, Referrer-Policy, and the cookies are already set. The texts of the Error are for the
	// operator, and not for the visitor.
	Refuse func(http.ResponseWriter, *http.Request, *oidcauth.Error)
}

// Provider is a client at a provider, and the parameters of its logins. Client is required. To offer different logins at one provider, such as
// a registration, list it several times with different names.
type Provider struct {
	// Client calls the provider. Its Issuer must be one of the Authenticator.
	Client *provider.Client
	// Name is the value of the parameter provider of [RelyingParty.Login] for this provider. Visitors who choose see it. If empty, it is
	// the issuer.
	Name string
	// Callback is the last segment of the redirect_uri, below [Config.Path]. If empty, it is callback. Providers of different issuers need
	// different ones, each registered at its provider only: otherwise one of them could get a code of another one (mix-up, RFC 9700 section
	// 4.4.2). It has letters, digits, dots, underscores, hyphens and tildes.
	Callback string
	// Scopes are the requested scopes. If nil, it is openid. Without openid, the login is plain OAuth 2.0: there is no ID token, and
	// introspection or UserInfo of the issuer identifies the user. Add offline_access if the provider needs it for refresh tokens.
	Scopes []string
	// ACRValues are the requested authentication contexts, the preferred one first (acr_values).
	ACRValues []string
	// RequireACR refuses a login whose acr is not one of ACRValues. If false, the provider may answer with another one.
	RequireACR bool
	// MaxAge is the greatest age of the user's authentication at the provider, in whole seconds (max_age). auth_time is checked. If 0,
	// any age is accepted.
	MaxAge time.Duration
	// Prompt is sent as prompt, such as select_account. If empty, the provider decides which pages it shows.
	Prompt string
	// UILocales are the languages of the provider's pages, the preferred one first (ui_locales).
	UILocales []string
	// Resources are the URIs of the APIs that the access token is for (RFC 8707).
	Resources []string
	// Parameters are further parameters of the authorization request, such as audience of Auth0. A parameter that the login itself sends
	// is an error.
	Parameters url.Values
	// FormPost receives the answer in the body of a POST (response_mode form_post), so that no code is in a URL. The cookies of attempts
	// are then SameSite=None, so it needs https.
	FormPost bool
	// Logout replaces Config.Logout for the users of this provider. ReturnTo must be empty: it is that of the Config. If nil,
	// Config.Logout applies.
	Logout *Logout
	// InsecureSkipIDToken ignores the ID token, and identifies the user by UserInfo alone. It needs the scope openid and UserInfo of the
	// issuer. It is for providers whose ID tokens cannot be verified. It does not change the checks of bearer tokens.
	InsecureSkipIDToken bool
}

// Sessions configures the sessions of users. The zero Sessions keeps them in the memory of the process.
type Sessions struct {
	// Store stores the sessions. If nil, it is a [Memory], which is for one replica. A store that is also a [Swapper] refreshes tokens once
	// for all replicas.
	Store Store
	// InCookie keeps the session in a sealed cookie. There is no store, and no token is kept: the error of [TokenSource] is [ErrNoToken]. A
	// logout removes the cookie, but a copy of the cookie stays valid until the session ends, or until a back-channel logout ends it. The
	// answer to a slow request of the same browser, which began before the logout, can set the cookie again. A session whose cookie would be
	// longer than 3.5 KiB is refused.
	InCookie bool
	// Idle ends a session without requests. If 0, it is 1 h. The stored end is renewed at most once in an eighth of Idle, so that a request
	// rarely writes.
	Idle time.Duration
	// Absolute is the longest life of a session, with or without requests. If 0, it is 12 h. A step-up begins a new session.
	Absolute time.Duration
}

// Logout configures what follows the end of the session here. By default the browser is sent to the provider, which ends its own session
// and sends the browser back (OpenID Connect RP-Initiated Logout 1.0), if the provider has such an endpoint.
type Logout struct {
	// LocalOnly ends nothing at the provider: neither its session nor the refresh token. The next login may then need no password.
	LocalOnly bool
	// NoRedirect lets the browser stay at the provider.
	NoRedirect bool
	// RedirectURI is where the provider sends the browser instead of the page logged-out of [RelyingParty.ServeHTTP]. It must be
	// registered at the provider.
	RedirectURI string
	// ReturnTo is the local path to which the browser is sent in the end. If empty, a page says that the user is signed out. Do not name a
	// page that requires a login.
	ReturnTo string
}

// ConfigError is one fault of a [Config]. The error of [New] joins one ConfigError for each fault.
type ConfigError struct {
	// Field is the path of the field, such as Providers[0].Scopes.
	Field string
	// Problem says what is wrong with the field.
	Problem string
	// Err is the cause. It may be nil.
	Err error
}

func (e *ConfigError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("login: %s: %s: %v", e.Field, e.Problem, e.Err)
	}
	return fmt.Sprintf("login: %s: %s", e.Field, e.Problem)
}

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Err }

// The defaults and limits of Sessions.
const (
	defaultIdle     = time.Hour
	defaultAbsolute = 12 * time.Hour
	maxAbsolute     = 400 * 24 * time.Hour
)

func (c Config) withDefaults(publicURL string) Config {
	if c.PublicURL == "" {
		c.PublicURL = publicURL
	}
	if c.Path == "" {
		c.Path = "/auth"
	}
	if c.CookieName == "" {
		c.CookieName = "session"
	}
	if c.Sessions.Idle == 0 {
		c.Sessions.Idle = defaultIdle
	}
	if c.Sessions.Absolute == 0 {
		c.Sessions.Absolute = defaultAbsolute
	}
	return c
}

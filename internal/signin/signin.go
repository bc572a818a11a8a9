// Package signin connects the login of package oidcauth/login with the verification of package oidcauth. No other package uses it.
//
// [Of] returns the [Verifier] of an Authenticator. [Verifier.SignIn] verifies the answer of a token endpoint by the same steps as a
// bearer token: claims, checks, and exactly one user. It returns [Evidence], which the session stores. [Verifier.Resume] makes the
// identity for each request with the session.
package signin

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Of returns the Verifier of an *oidcauth.Authenticator. Package oidcauth sets it when it is initialised. The Verifier uses the
// Authenticator that is in use: after Reloaded it is the newest one that Next made.
var Of func(authenticator any) Verifier

// Verifier verifies logins, and makes the identities of sessions. It is safe for concurrent use.
//
// Each identity is an *oidcauth.Identity, and each error an *oidcauth.Error with a decision, hints and a status. Errors are already
// logged and reported to OnEvent. An error of status 503 means that the login or the session could not be judged, so the session must
// be kept.
type Verifier interface {
	// Check reports why no login of the client could be accepted, or nil. Call it when the login is configured.
	Check(c Client) error
	// SignIn verifies the answer of the token endpoint. After a refresh it also reports that the session goes on.
	SignIn(ctx context.Context, g Grant) (identity any, e Evidence, err error)
	// Resume makes the identity of a session. It judges revocations and logouts, the checks and the user again, and sends no request
	// to a provider. r may be nil.
	Resume(ctx context.Context, r *http.Request, e Evidence) (identity any, err error)
	// StillValid returns the error of Resume. It reports a refusal, and no acceptance, so a request that is judged before and after a
	// refresh counts once.
	StillValid(ctx context.Context, r *http.Request, e Evidence) error
	// Refuse makes and reports the refusal of a login or a session for a cause outside the tokens.
	Refuse(ctx context.Context, r *http.Request, f Refusal) error
	// SignedOut reports that a session ended.
	SignedOut(ctx context.Context, s SignOut)
	// RequiredAuthentication returns the authentication of the user that a refusal requires (RFC 9470). The last result is false if err is
	// another refusal. maxAge is 0 if any age is accepted.
	RequiredAuthentication(err error) (maxAge time.Duration, acr []string, required bool)
	// Settings returns the parts of the configuration that a login uses.
	Settings() Settings
}

// Client describes the logins of one client.
type Client struct {
	Issuer, ClientID string
	// OpenID reports that the scope contains openid.
	OpenID bool
	// InsecureSkipIDToken reports that the ID token is ignored; see Grant.
	InsecureSkipIDToken bool
}

// Grant is the answer of a token endpoint to a code or to a refresh token.
type Grant struct {
	// Issuer is the issuer with which the attempt began, as Issuer.URL states it. ClientID is the client of this service.
	Issuer, ClientID string
	// IDToken is empty without the scope openid, and may be empty after a refresh.
	IDToken, AccessToken string
	// OpenID reports that the scope contained openid, so that an ID token is required, except after a refresh.
	OpenID bool
	// Scopes are the granted scopes: scope of the answer, or the requested scopes if the answer has none (RFC 6749 section 5.1). They
	// become Identity.Scopes. Scopes in the claims of the ID token grant nothing.
	Scopes []string
	// Nonce is that of the attempt. It is empty after a refresh.
	Nonce string
	// MaxAge is the requested max_age. It is negative if none was requested. Zero requires an authentication within the leeway.
	MaxAge time.Duration
	// ACR lists the accepted values of acr. Nil accepts any.
	ACR []string
	// Refreshed reports that the answer is to a refresh token. Former is then the Evidence of the session. A refresh never changes
	// issuer, subject, client or time of the authentication (OpenID Connect Core 1.0 section 12.2).
	Refreshed bool
	// Former is the Evidence of the session before a refresh or a step-up, or nil. Issuer, subject and client must stay the same.
	Former *Evidence
	// InsecureSkipIDToken ignores the ID token. The identity then comes from UserInfo alone.
	InsecureSkipIDToken bool
	// Client is the client of the login, or nil. With the settings that it inherits from the Issuer ([provider.Client.Inherit]), it
	// replaces the UserInfo and the Introspector of the Issuer, if these are of type *provider.Client.
	Client *provider.Client
	// Ends is the end of the session, which becomes Identity.Expires.
	Ends time.Time
	// Request is the request of the callback, or the one that caused the refresh. It may be nil.
	Request *http.Request
}

// Evidence contains the facts that a login has proved, in a form that a session stores as JSON. It contains no token.
type Evidence struct {
	// Provider is Issuer.URL of the configuration, and Issuer is iss: they differ if the URL contains {tenantid}.
	Provider string `json:"provider"`
	Issuer   string `json:"iss"`
	ClientID string `json:"client_id"`
	Subject  string `json:"sub"`
	// SessionID is the sid of the session at the provider. It may be empty.
	SessionID string `json:"sid,omitempty"`
	// Since is the time of the login. Logouts until then do not end the session. A refresh does not change it.
	Since time.Time `json:"since"`
	// Ends is the end of the session. Package login may change it.
	Ends time.Time `json:"ends,omitzero"`
	// Scopes are the granted scopes.
	Scopes []string `json:"scopes,omitempty"`
	// Token contains the claims of the ID token or of introspection, and UserInfo those of UserInfo, if it was requested.
	Token    json.RawMessage `json:"token,omitempty"`
	UserInfo json.RawMessage `json:"userinfo,omitempty"`
	// UserInfoOnly reports that no claim of Token may be used besides iss and sub.
	UserInfoOnly bool `json:"userinfo_only,omitempty"`
}

// Refusal describes the refusal of a login or a session for a cause outside the tokens.
type Refusal struct {
	// Issuer is the issuer with which the attempt or the session began, or empty.
	Issuer string
	// ClientID is the client of this service, or empty.
	ClientID string
	Reason   reason.Reason
	// Detail is one sentence for the operator. It must contain no secret, code or token.
	Detail string
	// Err is the cause, or nil.
	Err error
	// Error is the code of an error response (RFC 6749 sections 4.1.2.1 and 5.2), or empty.
	Error string
	// Description is its error_description. It is shown to the operator, cut and without control characters.
	Description string
	// Actual and Expected are the values that differ, such as two issuers. They must contain no secret.
	Actual, Expected string
	// Secrets are removed from the texts: code, state, tokens.
	Secrets []string
}

// SignOut describes the end of a session.
type SignOut struct {
	Evidence Evidence
	// Reason is the reason for which the session ended. It is empty if the user signed out here.
	Reason  reason.Reason
	Request *http.Request
}

// Settings are the parts of the configuration that a login uses.
type Settings struct {
	// Now is the clock.
	Now func() time.Time
	// PublicURL is Config.PublicURL, or empty.
	PublicURL string
	// Authenticator is the *oidcauth.Authenticator in use.
	Authenticator any
}

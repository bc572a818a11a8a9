package login

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/seal"
	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
)

// RelyingParty signs users in at their providers, and keeps their sessions. [New] makes one. It is safe for concurrent use. It need
// not be closed.
type RelyingParty struct {
	auth      *oidcauth.Authenticator
	verify    signin.Verifier
	providers []Provider
	public    *url.URL
	path      string
	home      string
	cookies   cookies
	box       *seal.Box
	sessions  Sessions
	store     Swapper // nil if sessions are in cookies
	isAlone   bool    // the store is that of this process
	logout    Logout
	refusal   func(http.ResponseWriter, *http.Request, *oidcauth.Error)
	origins   *http.CrossOriginProtection
	now       func() time.Time
	flights   flights
	callbacks callbacks
}

// New returns a RelyingParty. Its error joins a [*ConfigError] for each fault. New sends no request.
func New(c Config) (*RelyingParty, error) {
	var verify signin.Verifier
	now, public := time.Now, ""
	if c.Authenticator != nil {
		verify = signin.Of(c.Authenticator)
		s := verify.Settings()
		now, public = s.Now, s.PublicURL
	}
	c = c.withDefaults(public)
	if err := c.validate(verify); err != nil {
		return nil, err
	}
	rp := &RelyingParty{
		auth: c.Authenticator, verify: verify, path: c.Path, home: c.Home, sessions: c.Sessions, logout: c.Logout, refusal: c.Refuse,
		origins: http.NewCrossOriginProtection(), now: now,
	}
	rp.public, _ = publicURL(c.PublicURL)
	for _, p := range c.Providers {
		rp.providers = append(rp.providers, p.clone())
	}
	if rp.home == "" {
		rp.home = rp.public.EscapedPath() + "/"
	}
	switch {
	case c.Sessions.InCookie:
	case c.Sessions.Store == nil:
		rp.store, rp.isAlone = &Memory{Now: now}, true
	default:
		_, rp.isAlone = c.Sessions.Store.(*Memory)
		rp.store = newSwapper(c.Sessions.Store)
	}
	rp.cookies = newCookies(c.CookieName, rp.public.Scheme == "https")
	var err error
	if rp.box, err = seal.New(c.Keys); err != nil {
		return nil, err
	}
	// A proxy may change Host, with which the origin of a request is compared.
	if err := rp.origins.AddTrustedOrigin(rp.public.Scheme + "://" + rp.public.Host); err != nil {
		return nil, &ConfigError{Field: "PublicURL", Problem: "has no origin", Err: err}
	}
	return rp, nil
}

// The pages below Path.
const (
	pageLogin     = "/login"
	pageCallback  = "/callback" // unless Provider.Callback is another one
	pageLogout    = "/logout"
	pageLoggedOut = "/logged-out"
	pageFront     = "/frontchannel-logout"
	pageBack      = "/backchannel-logout"
)

// ServeHTTP serves the pages of the login below [Config.Path]:
//
//	login                [RelyingParty.Login]
//	callback             [RelyingParty.Callback]: the redirect_uri to register at the provider, unless Provider.Callback is another one
//	logout               [RelyingParty.Logout]
//	logged-out           the post_logout_redirect_uri to register at the provider
//	frontchannel-logout  [RelyingParty.FrontChannelLogout]
//	backchannel-logout   [oidcauth.Authenticator.BackChannelLogout]; the client must be in Issuer.LogoutAudience
//
// It reads the last segment of the path, so it does not matter whether a prefix was removed. With the default Path:
//
//	mux.Handle("/auth/", rp)
func (rp *RelyingParty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch at := lastSegment(r); at {
	case pageLogin:
		rp.Login(w, r)
	case pageLogout:
		rp.Logout(w, r)
	case pageLoggedOut:
		rp.loggedOut(w, r)
	case pageFront:
		rp.FrontChannelLogout(w, r)
	case pageBack:
		rp.inUse().BackChannelLogout().ServeHTTP(w, r)
	default:
		if slices.ContainsFunc(rp.providers, func(p Provider) bool { return p.callback() == at }) {
			rp.Callback(w, r)
			return
		}
		setHeader(w.Header())
		http.Error(w, "This page does not exist.", http.StatusNotFound)
	}
}

// lastSegment returns the last segment of the path, with its slash.
func lastSegment(r *http.Request) string {
	return r.URL.Path[max(strings.LastIndexByte(r.URL.Path, '/'), 0):]
}

// url returns the URL of a page of the login, as browsers and providers see it.
func (rp *RelyingParty) url(page string) string { return rp.public.String() + rp.path + page }

// provider returns the provider with a name.
func (rp *RelyingParty) provider(name string) (Provider, bool) {
	i := slices.IndexFunc(rp.providers, func(p Provider) bool { return p.Name == name })
	if i < 0 {
		return Provider{}, false
	}
	return rp.providers[i], true
}

// ofIssuer returns the first provider with an issuer.
func (rp *RelyingParty) ofIssuer(issuer string) (Provider, bool) {
	i := slices.IndexFunc(rp.providers, func(p Provider) bool { return issuerIs(p, issuer) })
	if i < 0 {
		return Provider{}, false
	}
	return rp.providers[i], true
}

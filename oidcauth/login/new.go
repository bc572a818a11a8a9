package login

import (
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/internal/seal"
	"github.com/knownbearer/knownbearer/internal/signin"
)

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

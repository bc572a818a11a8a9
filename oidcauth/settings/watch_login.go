package settings

import (
	"reflect"
	"slices"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
)

// relyingParty makes the RelyingParty of a configuration. If nothing about the login changed, it is the one in use, which follows auth.
func (w *Watcher) relyingParty(c *Configuration, auth *oidcauth.Authenticator) (*login.RelyingParty, error) {
	if c.settled.Providers == nil {
		return nil, nil
	}
	if active := w.active.Load(); active != nil && active.rp != nil && sameLogin(active.made.settled, c.settled) {
		return active.rp, nil
	}
	of := c.Login
	of.Authenticator = auth
	if of.Sessions.Store == nil && !of.Sessions.InCookie {
		of.Sessions.Store = &w.sessions
	}
	return login.New(of)
}

// sameLogin reports whether two documents describe the same login. A client that did not change is the same pointer.
func sameLogin(a, b login.Config) bool {
	same := func(x, y login.Provider) bool { return x.Client == y.Client }
	return slices.EqualFunc(a.Providers, b.Providers, same) && reflect.DeepEqual(withoutClients(a), withoutClients(b))
}

func withoutClients(c login.Config) login.Config {
	c.Providers = slices.Clone(c.Providers)
	for i := range c.Providers {
		c.Providers[i].Client = nil
	}
	return c
}

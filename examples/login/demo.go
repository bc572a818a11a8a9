package main

import (
	"database/sql"
	"net/http"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const (
	audience = "api://orders"
	strong   = "urn:example:mfa" // the acr that the page Payments requires
)

// demo is the service with its provider and its users.
type demo struct {
	url      string
	provider *oidctest.Provider
	db       *sql.DB
	log      *records
	handler  http.Handler
}

func newDemo(url string, log *records) (*demo, error) {
	p, err := oidctest.Start()
	if err != nil {
		return nil, err
	}
	d := &demo{url: url, provider: p, log: log}
	if d.handler, err = d.service(); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *demo) close() {
	d.provider.Close()
	if d.db != nil {
		_ = d.db.Close()
	}
}

// service registers the service at the provider, and returns its handler.
func (d *demo) service() (http.Handler, error) {
	d.provider.Register(oidctest.Client{
		RedirectURIs:           []string{d.url + "/auth/callback"},
		PostLogoutRedirectURIs: []string{d.url + "/auth/logged-out"},
		BackChannelLogoutURI:   d.url + "/auth/backchannel-logout",
	})
	d.addUser("alice", "Alice Archer", "staff")
	d.addUser("bob", "Bob Baker")
	d.addUser("carol", "Carol Cook")
	d.addUser("dave", "Dave Dyer")
	var err error
	if d.db, err = demoAccounts(); err != nil {
		return nil, err
	}
	client, err := provider.New(d.provider.ClientConfig())
	if err != nil {
		return nil, err
	}
	config := d.provider.Config(audience)
	config.Issuers[0].LogoutAudience = []string{oidctest.ClientID}
	s := &service{url: d.url, client: client, scopes: []string{"openid", "profile", "email"}, acr: []string{strong}, endSession: d.endSession}
	return s.handler(config, d.db, d.log)
}

// addUser adds a user of the provider. The e-mail is in UserInfo only, as it is at many providers.
func (d *demo) addUser(name, full string, roles ...string) {
	has := oidctest.Claims{"name": full, "roles": roles}
	d.provider.AddUser(oidctest.User{Name: name, Claims: has})
	d.provider.SetUserInfo(name, oidctest.Claims{"name": full, "roles": roles, "email": name + "@example.com"})
}

// endSession ends the session of the user at the provider, as an administrator does.
func (d *demo) endSession(id *oidcauth.Identity) error { return d.provider.SignOut(id.Subject()) }

// token returns an access token of alice, as a program gets it.
func (d *demo) token() string {
	return d.provider.Token(audience, oidctest.Claims{"sub": "alice", "name": "Alice Archer", "email": "alice@example.com", "roles": strings.Fields("staff")})
}

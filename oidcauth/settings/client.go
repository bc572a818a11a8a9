package settings

import (
	"errors"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/entra"
	idp "github.com/knownbearer/knownbearer/oidcauth/provider"
)

// httpClient returns nil if nothing is configured.
func (b *builder) httpClient(in Node, t *trust) *http.Client {
	if t == nil {
		return nil
	}
	at, _ := in.member("trust")
	trusted := idp.Trust{Thumbprint: t.Thumbprint}
	if t.CAs != nil {
		trusted.CAs = b.text(t.CAs)
	}
	if trusted == (idp.Trust{}) {
		return nil
	}
	c, err := idp.HTTPClient(trusted)
	if err != nil {
		b.faults.at(at, "the server cannot be recognised", err)
	}
	return c
}

// client makes the client of an application. oidcauth.New lets it inherit the keys and algorithms of the Issuer.
func (b *builder) client(m merged, iss oidcauth.Issuer, shared *http.Client) *idp.Client {
	before := len(b.faults.list)
	b.requireClientID(m)
	config := b.clientConfig(m, iss)
	if config.HTTPClient == nil {
		config.HTTPClient = shared
	}
	if len(b.faults.list) > before {
		return nil
	}
	c, err := idp.New(config)
	for _, fault := range parts(err) {
		b.clientFault(m, fault)
	}
	return c
}

// requireClientID reports each member that needs a client, if the application has none.
func (b *builder) requireClientID(m merged) {
	s := m.settings
	if s.Client != nil && s.Client.ClientID != "" {
		return
	}
	for _, need := range []struct {
		field string
		set   bool
	}{{"Introspection.Client", s.Introspection.Client}, {"Revoker", s.Revoker}, {"Claims.EntraGroups", s.Claims.EntraGroups != nil}} {
		if need.set {
			at, path := m.node.find(m.path, need.field)
			b.faults.add(&Error{Line: at.Line, Column: at.Column, Path: path, Problem: "needs client.clientID, the id of this service at the provider, and usually client.auth"})
		}
	}
}

// clientFault reports a fault of provider.New where the document has the member, or nearest to it.
func (b *builder) clientFault(m merged, err error) {
	at, path := m.node, m.path
	var fault *idp.ConfigError
	if !errors.As(err, &fault) {
		b.faults.add(&Error{Line: at.Line, Column: at.Column, Path: path, Problem: "the client cannot be used", Err: err})
		return
	}
	field := fault.Field
	if field != "Issuer" && field != "DiscoveryURL" {
		field = "Client." + field
	}
	at, path = at.find(path, field)
	e := &Error{Line: at.Line, Column: at.Column, Path: path, Problem: named(fault.Problem, clientNames)}
	if errors.Is(fault.Err, idp.ErrNoClient) {
		e.Problem += ": it is the id of this service at the provider"
	} else {
		e.Err = fault.Err
	}
	b.faults.add(e)
}

// entraGroups makes Microsoft Graph the source of the groups that a token leaves out.
func (b *builder) entraGroups(m merged, c *idp.Client, rules *oidcauth.ClaimRules) {
	at, _ := m.node.member("claims")
	at, _ = at.member("entraGroups")
	if rules.UserInfo != nil {
		b.faults.at(at, "contradicts userInfo: the claims come from one of the two", nil)
		return
	}
	of := m.settings.Claims.EntraGroups
	groups, err := entra.NewGroups(entra.GroupsConfig{
		Client: c, OnBehalfOf: of.OnBehalfOf, AllGroups: of.AllGroups, GraphURL: of.GraphURL, MaxAge: time.Duration(of.MaxAge),
	})
	if err != nil {
		b.faults.at(at, "the groups cannot be fetched", err)
		return
	}
	rules.UserInfo = groups
}

func (b *builder) clientConfig(m merged, iss oidcauth.Issuer) idp.Config {
	config := idp.Config{Issuer: iss.URL, DiscoveryURL: iss.DiscoveryURL, HTTPClient: iss.HTTPClient}
	s := m.settings.Client
	if s == nil {
		return config
	}
	config.ClientID, config.SignedFor, config.UserInfoTypes = s.ClientID, s.SignedFor, s.UserInfoTypes
	config.UserInfoURL, config.IntrospectionURL, config.RevocationURL = s.UserInfoURL, s.IntrospectionURL, s.RevocationURL
	config.EndSessionURL, config.TokenURL = s.EndSessionURL, s.TokenURL
	config.AuthorizationURL, config.PushedAuthorizationRequestURL = s.AuthorizationURL, s.PushedAuthorizationRequestURL
	config.InsecureAnySignedUserInfo = s.InsecureAnySignedUserInfo
	config.RequireSignedUserInfo, config.RequireSignedIntrospection = s.RequireSignedUserInfo, s.RequireSignedIntrospection
	config.PostLogoutRedirectURI, config.Concurrency = s.PostLogoutRedirectURI, s.Concurrency
	if s.Auth != nil {
		config.Auth = b.auth(s.Auth)
	}
	return config
}

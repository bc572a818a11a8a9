package settings

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/entra"
	idp "github.com/knownbearer/knownbearer/oidcauth/provider"
)

// issuer adds the Issuer of an application, and its description.
func (b *builder) issuer(m merged, c *Configuration) {
	s, iss := m.settings, b.declared(m)
	if s.Users != nil {
		n, _ := m.node.member("users")
		iss.Users = b.users(n, s.Users)
	}
	a := Application{Name: m.name, Provider: m.provider}
	if s.Client != nil || s.Claims.UserInfo || s.Claims.EntraGroups != nil || s.Introspection.Client || s.Revoker {
		a.Client = nested(b, fmt.Sprintf("client %s %q %q", m.name, iss.URL, iss.DiscoveryURL), func() *idp.Client {
			return b.client(m, iss, c.Config.HTTPClient)
		}, m.node.only("client"), m.node.only("trust"), b.root.only("trust"))
	}
	if a.Client != nil {
		b.useClient(m, a.Client, &iss)
	}
	s.Login.describe(&a)
	if b.signsIn(m) && s.Client != nil && s.Client.ClientID != "" && iss.LogoutAudience == nil {
		iss.LogoutAudience = []string{s.Client.ClientID}
	}
	c.Config.Issuers = append(c.Config.Issuers, iss)
	c.Applications = append(c.Applications, a)
}

// declared returns the Issuer without its users and without a client.
func (b *builder) declared(m merged) oidcauth.Issuer {
	s := m.settings
	return oidcauth.Issuer{
		URL:              s.Issuer,
		DiscoveryURL:     s.DiscoveryURL,
		Tenants:          s.Tenants,
		Audience:         s.Audience,
		ClientIDs:        s.ClientIDs,
		Algorithms:       s.Algorithms,
		AccessTokenTypes: s.AccessTokenTypes,
		LogoutAudience:   s.LogoutAudience,
		Keys:             b.keys(m),
		HTTPClient:       b.httpClientOf(m),
		Leeway:           s.Leeway.span(),
		Claims:           s.Claims.rules(),
		Introspection:    s.Introspection.rules(),

		JWTSVID:                       s.JWTSVID,
		HeaderChecks:                  s.HeaderChecks,
		PaddedTokens:                  s.PaddedTokens,
		ConfirmRevocation:             s.ConfirmRevocation,
		HeaderChecksInsteadOfAudience: s.HeaderChecksInsteadOfAudience,
		RequireBoundTokens:            s.RequireBoundTokens,
		ClientIDInsteadOfAudience:     s.ClientIDInsteadOfAudience,
		InsecureIDTokenAsAccessToken:  s.InsecureIDTokenAsAccessToken,
		InsecureSkipIDTokenCheck:      s.InsecureSkipIDTokenCheck,
		InsecureSkipAudience:          s.InsecureSkipAudience,
		InsecureIgnoreConfirmation:    s.InsecureIgnoreConfirmation,
	}
}

func (b *builder) httpClientOf(m merged) *http.Client {
	return nested(b, "trust of "+m.name, func() *http.Client { return b.httpClient(m.node, m.settings.Trust) }, m.node.only("trust"), b.root.only("trust"))
}

// useClient gives the client to the parts of the Issuer that the document names.
func (b *builder) useClient(m merged, client *idp.Client, iss *oidcauth.Issuer) {
	s := m.settings
	if s.Claims.UserInfo {
		iss.Claims.UserInfo = client
	}
	if s.Claims.EntraGroups != nil {
		b.entraGroups(m, client, &iss.Claims)
	}
	if s.Introspection.Client {
		iss.Introspection.Client = client
	}
	if s.Revoker {
		iss.Revoker = client
	}
}

// describe adds the defaults of a login to the description of an application.
func (l *providerLogin) describe(a *Application) {
	if l == nil {
		return
	}
	a.Request = idp.TokenRequest{Scopes: l.Scopes, Resources: l.Resources, Audience: l.Audience}
	a.ACRValues = l.ACRValues
	if l.Logout != nil {
		a.Logout = idp.Logout{RedirectURI: l.Logout.RedirectURI, NoRedirect: l.Logout.NoRedirect}
	}
}

func (t *duration) span() oidcauth.Span {
	if t == nil {
		return oidcauth.Span{}
	}
	return oidcauth.Exactly(time.Duration(*t))
}

func (r claimRules) rules() oidcauth.ClaimRules {
	out := oidcauth.ClaimRules{
		User: r.User, Name: r.Name, Tenant: r.Tenant, Required: r.Required, Checks: r.Checks, UserInfoOnly: r.UserInfoOnly,
		UserInfoSubject: r.UserInfoSubject, ACR: r.ACR, AuthTime: r.AuthTime, AuthAge: r.AuthAge,
	}
	if r.Roles != nil {
		out.Roles = oidcauth.RoleRules{Paths: r.Roles.Paths, Prefixes: r.Roles.Prefixes, Map: r.Roles.Map}
	}
	return out
}

func (i introspection) rules() oidcauth.Introspection {
	out := oidcauth.Introspection{
		MaxAge: i.MaxAge.span(), JWTs: i.JWTs, AudienceOfJWT: i.AudienceOfJWT, RequireTokenType: i.RequireTokenType,
		InsecureWithoutAudience: i.InsecureWithoutAudience, InsecureWithoutTokenType: i.InsecureWithoutTokenType, InsecureByUserInfo: i.InsecureByUserInfo,
	}
	if prefixes := slices.Clone(i.Owns); prefixes != nil {
		out.Owns = func(token string) bool {
			return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(token, p) })
		}
	}
	return out
}

// keys returns the sources of an application before those of its provider, each as a level of its own.
func (b *builder) keys(m merged) certsource.Source {
	own := b.sources(m.settings.Keys)
	switch {
	case own == nil && !m.own:
		return nil // discovered
	case !m.own:
		return certsource.Chain(own...)
	}
	inherited := b.sources(m.inherited)
	switch {
	case own == nil && inherited == nil:
		return nil
	case own == nil:
		return certsource.Chain(inherited...)
	case inherited == nil:
		inherited = []certsource.Source{certsource.Discovered{}}
	}
	return certsource.Chain(certsource.Chain(own...), certsource.Chain(inherited...))
}

func (b *builder) sources(list []keySource) []certsource.Source {
	var out []certsource.Source
	for _, k := range list {
		switch {
		case k.PEM != nil:
			out = append(out, certsource.PEM(b.text(k.PEM)))
		case k.Dir != nil:
			out = append(out, certsource.Dir{FS: b.options.watched.folder(b.path(k.Dir.Path)), Subject: k.Dir.Subject, Thumbprint: k.Dir.Thumbprint, Refresh: k.Dir.Refresh.source()})
		case k.Endpoint != nil:
			out = append(out, certsource.Endpoint{
				URL: k.Endpoint.URL, Subject: k.Endpoint.Subject, Thumbprint: k.Endpoint.Thumbprint,
				InsecureTrustAny: k.Endpoint.InsecureTrustAny, Refresh: k.Endpoint.Refresh.source(),
			})
		case k.JWKS != nil:
			out = append(out, certsource.JWKS{URL: k.JWKS.URL, JWTSVID: k.JWKS.JWTSVID, Refresh: k.JWKS.Refresh.source()})
		case k.KeyURL != nil:
			out = append(out, certsource.KeyURL{URL: k.KeyURL.URL, Refresh: k.KeyURL.Refresh.source()})
		default:
			out = append(out, certsource.Discovered{JWTSVID: k.Discovered.JWTSVID, Refresh: k.Discovered.Refresh.source()})
		}
	}
	return out
}

func (r *refresh) source() certsource.Refresh {
	if r == nil {
		return certsource.Refresh{}
	}
	return certsource.Refresh{
		Interval: time.Duration(r.Interval), Burst: r.Burst, Wait: time.Duration(r.Wait), After: time.Duration(r.After),
		MaxStale: time.Duration(r.MaxStale),
	}
}

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

package settings

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
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

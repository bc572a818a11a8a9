package drill_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

// issuerOf returns the trusted issuer.
func (w *world) issuerOf(s service) string {
	if s.issuer == "" {
		return w.p.Issuer()
	}
	return s.issuer
}

// jwksOf returns the URL of the key set, or "" for discovery.
func (w *world) jwksOf(s service) string {
	switch {
	case s.keys == unreachable:
		return w.closed + string(oidctest.JWKS)
	case s.keys == privateCA:
		return w.overTLS + string(oidctest.JWKS)
	case s.keys == published && s.issuer != "":
		return w.p.Issuer() + string(oidctest.JWKS)
	}
	return ""
}

// config returns the configuration of the service.
func (w *world) config(t *testing.T, s service, logger *slog.Logger) oidcauth.Config {
	t.Helper()
	iss := oidcauth.Issuer{
		URL: w.issuerOf(s), Tenants: s.tenants, Audience: s.audience, ClientIDs: s.clients, ClientIDInsteadOfAudience: s.clientInsteadOfAudience,
		Claims: oidcauth.ClaimRules{User: path(s.search)},
	}
	if url := w.jwksOf(s); url != "" {
		iss.Keys = certsource.JWKS{URL: url}
	} else if s.keys == pinned {
		iss.Keys = certsource.PEM(earlierKey())
	}
	for _, check := range s.checks {
		name, value, _ := strings.Cut(check, "=")
		iss.Claims.Checks = append(iss.Claims.Checks, claims.Equals(path(name), value))
	}
	if s.userInfo {
		iss.Claims.UserInfo = w.client(t, provider.Config{Issuer: iss.URL, UserInfoURL: w.p.Issuer() + string(oidctest.UserInfo)})
	}
	if s.introspection {
		iss.Introspection.Client = w.client(t, provider.Config{
			Issuer: iss.URL, IntrospectionURL: w.p.Issuer() + string(oidctest.Introspection), ClientID: oidctest.ClientID, Auth: provider.Auth{Secret: secretOf(s)},
		})
	}
	c := oidcauth.Config{Issuers: []oidcauth.Issuer{iss}, Logger: logger, PublicURL: s.publicURL, Credentials: oidcauth.Credentials{Header: s.header}}
	if len(s.users) > 0 {
		c.Users = usermap.NewTable(entries(s.users)...)
	}
	return c
}

func (w *world) client(t *testing.T, c provider.Config) *provider.Client {
	t.Helper()
	client, err := provider.New(c)
	require.NoError(t, err)
	return client
}

// flags returns the configuration as flags of the tool. A public URL has no flag, so it needs a settings document.
func (w *world) flags(t *testing.T, s service) (flags []string) {
	t.Helper()
	if s.publicURL != "" {
		return []string{"-settings", w.document(t, s)}
	}
	add := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				flags = append(flags, name, v)
			}
		}
	}
	add("-issuer", w.issuerOf(s))
	add("-tenant", s.tenants...)
	add("-audience", s.audience...)
	add("-authorized-party", s.clients...)
	add("-check", s.checks...)
	add("-scope", s.scopes...)
	add("-search-claim", s.search)
	add("-credentials-header", s.header)
	add("-jwks", w.jwksOf(s))
	if s.clientInsteadOfAudience {
		flags = append(flags, "-client-instead-of-audience")
	}
	if s.keys == pinned {
		add("-key", w.file(t, "earlier.pem", earlierKey()))
	}
	if w.jwksOf(s) != "" || s.keys == pinned {
		flags = append(flags, "-no-discovery")
	}
	if s.userInfo {
		add("-userinfo-url", w.p.Issuer()+string(oidctest.UserInfo))
	}
	if s.introspection {
		add("-introspection-url", w.p.Issuer()+string(oidctest.Introspection))
		add("-client", w.file(t, "client", "CLIENT_ID="+oidctest.ClientID+"\nCLIENT_SECRET="+secretOf(s)+"\n"))
	}
	if len(s.users) > 0 {
		rows := "value,id,disabled\n"
		for _, u := range s.users {
			rows += u.value + "," + u.id + "," + map[bool]string{true: "yes"}[u.disabled] + "\n"
		}
		add("-users", w.file(t, "users.csv", rows))
	}
	return flags
}

// document writes the configuration of a service that trusts the fake provider for one audience.
func (w *world) document(t *testing.T, s service) string {
	t.Helper()
	require.Equal(t, service{audience: s.audience, publicURL: s.publicURL}, s, "the document has nothing else")
	text, err := json.Marshal(map[string]any{
		"providers": map[string]any{"provider": map[string]any{"issuer": w.p.Issuer(), "audience": s.audience}}, "publicURL": s.publicURL,
	})
	require.NoError(t, err)
	return w.file(t, "settings.json", string(text))
}

func (w *world) file(t *testing.T, name, text string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(out, []byte(text), 0o600))
	return out
}

func secretOf(s service) string {
	if s.secret == "" {
		return oidctest.ClientSecret
	}
	return s.secret
}

func entries(users []user) (out []usermap.Entry) {
	for _, u := range users {
		out = append(out, usermap.Entry{Value: u.value, User: usermap.User{ID: u.id, Enabled: !u.disabled}})
	}
	return out
}

func path(name string) claims.Path {
	if strings.HasPrefix(name, "/") {
		return claims.Pointer(name)
	}
	return claims.Name(name)
}

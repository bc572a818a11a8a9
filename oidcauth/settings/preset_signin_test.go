package settings_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// A login by a preset, with the members that its note names, requests what the product needs, and its ID token signs the user in.
func TestLoginsByPresetsAsTheirNotesSay(t *testing.T) {
	for name, c := range map[string]struct {
		provider string // the members beside issuer and client
		claims   oidctest.Claims
		asks     map[string]string
		status   int
	}{
		"okta": {
			provider: `"preset": "okta", "parameters": {"domain": "corp.okta.com"}, "audience": ["api://default"], "claims": {"user": "sub", "userInfoSubject": null}`,
			asks:     map[string]string{"scope": "openid"}, status: http.StatusOK,
		},
		"okta without its note": {
			provider: `"preset": "okta", "parameters": {"domain": "corp.okta.com"}, "audience": ["api://default"]`,
			status:   http.StatusUnauthorized,
		},
		"auth0": {
			provider: `"preset": "auth0", "parameters": {"domain": "corp.eu.auth0.com"}, "audience": ["https://orders.example"], "login": {"audience": "https://orders.example", "scopes": ["openid", "offline_access"]}`,
			asks:     map[string]string{"audience": "https://orders.example", "scope": "openid offline_access"}, status: http.StatusOK,
		},
		"entra-b2c": {
			provider: `"preset": "entra-b2c", "parameters": {"name": "corp", "tenant": "x", "policy": "B2C_1_signin"}, "discoveryURL": null, "algorithms": null, "audience": ["x"], "login": {"scopes": ["openid", "offline_access", "CLIENT_ID"]}`,
			claims:   oidctest.Claims{"tfp": "B2C_1_signin"}, asks: map[string]string{"scope": "openid offline_access " + oidctest.ClientID}, status: http.StatusOK,
		},
		"entra-b2c, another policy": {
			provider: `"preset": "entra-b2c", "parameters": {"name": "corp", "tenant": "x", "policy": "B2C_1_signin"}, "discoveryURL": null, "algorithms": null, "audience": ["x"], "login": {"scopes": ["openid", "CLIENT_ID"]}`,
			claims:   oidctest.Claims{"tfp": "B2C_1_signup"}, status: http.StatusForbidden,
		},
		"zitadel": {
			provider: `"preset": "zitadel", "parameters": {"domain": "corp.zitadel.cloud", "project": "42"}`,
			asks:     map[string]string{"scope": "openid profile urn:zitadel:iam:org:project:id:42:aud urn:zitadel:iam:org:projects:roles"}, status: http.StatusOK,
		},
		"google": {
			provider: `"preset": "google", "algorithms": null, "audience": ["x"], "login": {"prompt": "consent"}`, claims: oidctest.Claims{"email_verified": true},
			asks: map[string]string{"scope": "openid email profile", "access_type": "offline", "prompt": "consent"}, status: http.StatusOK,
		},
		"adfs, by a provider of its own": {
			provider: `"audience": ["x"], "claims": {"user": "upn"}, "login": {"resources": ["https://orders.example"]}`, claims: oidctest.Claims{"upn": "alice@corp.example"},
			asks: map[string]string{"resource": "https://orders.example"}, status: http.StatusOK,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.AddUser(oidctest.User{Name: "alice", Claims: c.claims})
			members := strings.ReplaceAll(c.provider, "CLIENT_ID", oidctest.ClientID)
			s.run(t, `{"providers": {"a": {`+members+`, "issuer": "ISSUER", CLIENT}}, LOGIN}`)
			status, shown := s.open(t, s.browser(t), "/")
			require.Equal(t, c.status, status, shown)
			for parameter, want := range c.asks {
				require.Equal(t, want, s.AuthorizationRequest().Get(parameter), parameter)
			}
		})
	}
}

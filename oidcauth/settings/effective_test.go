package settings_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// origins is a document with a value of each origin.
const origins = `{
	"providers": {
		"corp": {"preset": "keycloak", "parameters": {"url": "https://sso.example", "realm": "x"}, "leeway": "30s", "audience": ["api://corp"],
			"client": {"clientID": "a", "auth": {"method": "client_secret_post", "secret": {"env": "CLIENT_SECRET"}}, "endSessionURL": "https://sso.example/end"},
			"claims": {"required": ["email"]}, "keys": [{"jwks": {"url": "https://sso.example/jwks", "refresh": {"burst": 5}}}], "login": {"scopes": ["a"]}},
		"other": {"issuer": "https://other.example", "audience": ["o"]}
	},
	"applications": {
		"orders": {"provider": "corp", "audience": ["api://orders"], "leeway": null, "claims": {"name": null, "required": null, "checks": ["tid == '<8>'"]},
			"client": {"clientID": "b", "auth": {"secret": {"env": "OTHER_SECRET"}}}, "keys": [{"dir": {"path": "/etc/idp", "thumbprint": "00112233445566778899aabbccddeeff00112233"}}], "login": null},
		"machines": {"provider": "corp", "audience": ["api://machines"], "introspection": {"maxAge": "0s"}}
	},
	"default": "machines",
	"users": {"list": [{"value": "alice", "user": {"id": "7", "enabled": true}}]},
	"cache": {"entries": 5}
}`

// lineOf is the line of a member below a path, without its comma.
func lineOf(t *testing.T, document []byte, path ...string) string {
	t.Helper()
	rest := string(document)
	for _, name := range path {
		_, after, ok := strings.Cut(rest, "\""+name+"\": ")
		require.True(t, ok, "%s in\n%s", name, document)
		rest = after
	}
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSuffix(line, ",")
}

func TestEffectiveConfigurationNamesOrigins(t *testing.T) {
	out := parsed(t, nil, origins).Effective()
	require.True(t, json.Valid(out))
	for want, path := range map[string][]string{
		`"https://sso.example/realms/x", "//issuer": "preset keycloak"`: {"corp", "issuer"},
		`"30s", "//leeway": "provider corp"`:                            {"corp", "leeway"},
		`"1m0s", "//leeway": "default"`:                                 {"orders", "leeway"},
		`null, "//required": "application orders"`:                      {"orders", "required"},
		`null, "//name": "application orders"`:                          {"orders", "claims", "name"},
		`["tid == '<8>'"], "//checks": "application orders"`:            {"orders", "checks"},
		`"b", "//clientID": "application orders"`:                       {"orders", "clientID"},
		`"client_secret_post", "//method": "provider corp"`:             {"orders", "method"},
		`["/realm_access/roles"], "//paths": "preset keycloak"`:         {"machines", "paths"},
		`"0s", "//maxAge": "application machines"`:                      {"machines", "maxAge"},
		`"default: the key set that discovery names"`:                   {"other", "//keys"},
		`"default: sub, if there is a user store"`:                      {"other", "//user"},
		`5, "//entries": "document"`:                                    {"cache", "entries"},
		`"5m0s", "//maxAge": "default"`:                                 {"cache", "maxAge"},
		`"machines", "//default": "document"`:                           {"default"},
	} {
		if path != nil {
			require.Equal(t, want, lineOf(t, out, path...), path)
		}
	}
	require.NotContains(t, string(out), oidctest.ClientSecret)
}

// uncommented is a document without its comments.
func uncommented(t *testing.T, document []byte) string {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal(document, &v))
	out, err := json.Marshal(dropComments(v))
	require.NoError(t, err)
	return string(out)
}

func dropComments(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, of := range v {
			if strings.HasPrefix(name, "//") {
				delete(v, name)
			} else {
				v[name] = dropComments(of)
			}
		}
	case []any:
		for i, of := range v {
			v[i] = dropComments(of)
		}
	}
	return v
}

func TestEffectiveConfigurationReadsBackTheSame(t *testing.T) {
	for _, text := range []string{origins, everything, `{"providers": {"corp": {"issuer": "https://a", "audience": ["api://orders"]}}}`} {
		doc := parsed(t, nil, text)
		first := doc.Effective()
		again, err := settings.Parse(first)
		require.NoError(t, err, string(first))
		require.Equal(t, uncommented(t, first), uncommented(t, again.Effective()))
		require.Equal(t, dumped(t, doc), dumped(t, again))
	}
}

func TestDiscoveredValuesAreBelowAllOthers(t *testing.T) {
	p := oidctest.New(t)
	doc := parsed(t, p, `{"providers": {
		"corp": {"issuer": "ISSUER", "audience": ["api://orders"], "client": {"userInfoURL": "https://manual.example/userinfo"}},
		"manual": {"issuer": "ISSUER", "audience": ["x"], "keys": [{"discovered": {}}]}
	}}`)
	found, err := doc.Discover(t.Context())
	require.NoError(t, err)
	out := found.Effective()
	require.Equal(t, `"discovered: `+p.Issuer()+string(oidctest.Discovery)+`"`, lineOf(t, out, "corp", "//discoveryURL"))
	require.Equal(t, `"https://manual.example/userinfo", "//userInfoURL": "provider corp"`, lineOf(t, out, "corp", "userInfoURL"))
	require.Equal(t, `"`+p.Issuer()+string(oidctest.Introspection)+`", "//introspectionURL": "discovered"`, lineOf(t, out, "corp", "introspectionURL"))
	require.Equal(t, `"discovered: `+p.Issuer()+string(oidctest.JWKS)+`"`, lineOf(t, out, "corp", "//keys"))
	require.Equal(t, `"provider manual"`, lineOf(t, out, "manual", "//keys"))
	require.NotContains(t, string(doc.Effective()), `"discovered"`+"\n")
	p.Fail(oidctest.Discovery, oidctest.Fault{Status: 404})
	_, err = doc.Discover(t.Context())
	require.Len(t, all(t, err), 2)
}

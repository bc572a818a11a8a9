package settings_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// fault is where an error is, and what it suggests.
type fault struct {
	line, column     int
	path, suggestion string
}

func TestFaultsAreReportedTogetherWithPositions(t *testing.T) {
	_, err := settings.Load("testdata/faults.json")
	var got []fault
	for _, e := range all(t, err) {
		got = append(got, fault{e.Line, e.Column, e.Path, e.Suggestion})
		require.NotContains(t, e.Error(), "hunter2")
	}
	require.Equal(t, []fault{
		{4, 7, "providers.corp", "issuer"},
		{5, 19, "providers.corp.audience", ""},
		{6, 7, "providers.corp", "algorithms"},
		{7, 22, "providers.corp.algorithms[0]", "RS256"},
		{8, 17, "providers.corp.leeway", ""},
		{9, 29, "providers.corp.claims.checks[0]", ""},
		{9, 49, "providers.corp.claims.user", ""},
		{9, 64, "providers.corp.claims.name", ""},
		{10, 15, "providers.corp.keys", ""},
		{11, 37, "providers.corp.client.auth.secret", ""},
		{11, 58, "providers.corp.client.auth.method", "client_secret_basic"},
		{12, 7, "providers.corp", ""},
		{13, 7, "providers.corp", ""},
		{16, 43, "applications.orders.provider", "corp"},
		{16, 61, "applications.other", ""},
		{17, 14, "default", ""},
		{18, 24, "cache.entries", ""},
		{18, 36, "cache.bytes", ""},
		{18, 51, "cache.maxAge", ""},
		{19, 12, "users", ""},
		{19, 20, "users.sql", ""},
		{19, 47, "users.list", ""},
		{20, 3, "", "users"},
	}, got)
}

func TestTextThatIsNoDocument(t *testing.T) {
	for text, want := range map[string]fault{
		"":                           {1, 1, "", ""},
		"{\n  \"providers\": {,}\n}": {2, 17, "", ""},
		"{\"providers\": {}} x":      {1, 19, "", ""},
		"\ufeff{\"providers\": {\"a\": {\"issuer\": \"https://a\"}}}": {1, 1, "", ""},
		"[]":                  {1, 1, "", ""},
		"{}":                  {1, 1, "", ""},
		"{\"providers\": {}}": {1, 15, "providers", ""},
		"{\"\u00e9\": 1, \"//\": 1, \"providers\":\n{\"a\":[]}}":                  {2, 6, "providers.a", ""},
		`{"providers": {"a": {"preset": "keyclock"}}}`:                            {1, 32, "providers.a.preset", "keycloak"},
		`{"providers": {"a": {"issuer": "https://a", "parameters": {"x": "y"}}}}`: {1, 59, "providers.a.parameters", ""},
	} {
		_, err := settings.Parse([]byte(text))
		require.Error(t, err, text)
		list := all(t, err)
		last := list[0]
		require.Contains(t, positionsOf(list), want, text)
		require.NotEmpty(t, last.Problem)
	}
	_, err := settings.Parse([]byte(strings.Repeat(" ", 5<<20)))
	require.Error(t, err)
	_, err = settings.Load("nowhere.json")
	require.Equal(t, "nowhere.json", only(t, err).File)
}

func positionsOf(list []*settings.Error) []fault {
	var out []fault
	for _, e := range list {
		out = append(out, fault{e.Line, e.Column, e.Path, e.Suggestion})
	}
	return out
}

// A fault is not reported twice, and a name of another vendor leads to the right one.
func TestSuggestionsOfOneFault(t *testing.T) {
	const users = `{"providers": {"a": {"issuer": "https://a", "audience": ["x"]}}, "users": {"sql": {"driver": "x", "dsn": {"env": "X"}, ` +
		`"dialect": "mssql", "table": "t", "valueColumn": "v", "idColumn": "i"}}}`
	for text, want := range map[string]fault{
		`{"providers": {"a": {"preset": "keyclock"}}}`: {1, 32, "providers.a.preset", "keycloak"},
		`{"providers": {"a": {"preset": "nothing"}}}`:  {1, 32, "providers.a.preset", ""},
		users: {1, 131, "users.sql.dialect", "sqlserver"},
		`{"providers": {"a": {"issuer": "https://a", "aud": ["x"]}}}`:                                     {1, 45, "providers.a", "audience"},
		`{"providers": {"a": {"preset": "keycloak", "parameters": {"realm": "x", "url": "https://a/"}}}}`: {1, 80, "providers.a.parameters.url", ""},
		`{"providers": {"a": {"preset": "okta", "parameters": {"domain": "https://a.okta.com"}}}}`:        {1, 65, "providers.a.parameters.domain", ""},
		`{"providers": {"a": {"issuer": "https://a", "realm": "x"}}}`:                                     {1, 45, "providers.a", ""},
		`{"providers": {"a": {"issuer": "https://a",}}}`:                                                  {1, 44, "", ""},
		`{"providers": {"a": {"issuer": "https://a"}}`:                                                    {1, 45, "", ""},
		"{\"providers\": {\n// comment\n\"a\": {}}}":                                                      {2, 1, "", ""},
	} {
		_, err := settings.Parse([]byte(text))
		require.Equal(t, []fault{want}, positionsOf(all(t, err)), text)
	}
}

// An application whose keys are those of its provider is not shown with a default.
func TestKeysOfTheProviderAreShownForItsApplication(t *testing.T) {
	doc, err := settings.Parse([]byte(`{
		"providers": {"a": {"issuer": "https://a", "keys": [{"jwks": {"url": "https://a/keys"}}]}, "b": {"issuer": "https://b"}},
		"applications": {"x": {"provider": "a", "audience": ["x"]}, "y": {"provider": "b", "audience": ["y"]}}
	}`))
	require.NoError(t, err)
	var printed struct {
		Applications map[string]map[string]any
	}
	require.NoError(t, json.Unmarshal(doc.Effective(), &printed))
	require.Equal(t, "provider a", printed.Applications["x"]["//keys"])
	require.NotContains(t, printed.Applications["x"], "keys")
	require.NotEqual(t, "provider b", printed.Applications["y"]["//keys"])
}

// Texts of the core are shown with the names of members instead of those of Go fields.
func TestFieldsOfGoAreShownAsMembers(t *testing.T) {
	for text, want := range map[string]string{
		"needs Claims.UserInfo, or Introspection.InsecureByUserInfo": "needs claims.userInfo, or introspection.insecureByUserInfo",
		"needs {tenantid} in Issuer.URL; use https, or set Keys":     "needs {tenantid} in issuer; use https, or set keys",
		"is not an https URL":                "is not an https URL",
		"is RFC 9068 of HTTPClient, in JSON": "is RFC 9068 of trust, in JSON",
		"Claims.Nothing is unknown":          "Claims.Nothing is unknown",
	} {
		require.Equal(t, want, settings.OfConfig(text))
	}
}

// The faults that oidcauth.New would find are reported at the value, or at the object that lacks it. In each row, ^ is the position.
func TestFaultsOfTheConfigurationHavePositions(t *testing.T) {
	const good = `"issuer": "https://a", "audience": ["x"], `
	const users = `, "users": {"sql": {"driver": ^"nodriver", "dsn": {"env": "USERS_DSN"}, "dialect": "sqlite", "table": "t", "valueColumn": "v", "idColumn": "i"}}`
	const twoApplications = `, "applications": {"x": {"provider": "a", "audience": ["x"]}, "y": {"provider": "a", "audience": ^["x"]}}`
	for path, c := range map[string]struct{ provider, other string }{
		"providers.a.audience":             {`^"issuer": "https://a.example"`, ""},
		"providers.a.issuer":               {`"issuer": ^"http://a.example", "audience": ["x"]`, ""},
		"providers.a.tenants":              {good + `"tenants": ^["t"]`, ""},
		"providers.a.leeway":               {good + `"leeway": ^"1h"`, ""},
		"providers.a.claims.userInfoOnly":  {good + `"claims": {"userInfoOnly": ^true}`, ""},
		"providers.a.keys":                 {good + `"keys": ^[{"pem": "x"}]`, ""},
		"providers.a.keys[0].pem":          {good + `"keys": [{"pem": ^{"file": "no"}}]`, ""},
		"providers.a.claims.entraGroups":   {good + `"claims": {"userInfo": true, "entraGroups": ^{}}, "client": {"clientID": "x"}`, ""},
		"providers.a.trust":                {good + `"trust": ^{"cas": "no"}`, ""},
		"providers.a.client.clientID":      {good + `"client": ^{"auth": {"secret": {"env": "CLIENT_SECRET"}}}`, ""},
		"providers.a.client.auth.secret":   {good + `"client": {"clientID": "x", "auth": ^{"method": "client_secret_jwt"}}`, ""},
		"providers.a.client.auth.key":      {good + `"client": {"clientID": "x", "auth": ^{"method": "private_key_jwt"}}`, ""},
		"providers.a.client.tokenURL":      {good + `"client": {"clientID": "x", "tokenURL": ^"http://a.example"}`, ""},
		"providers.a.discoveryURL":         {good + `"discoveryURL": ^"http://a.example", "claims": {"userInfo": true}`, ""},
		"providers.a.introspection.client": {good + `"introspection": {"client": ^true}`, ""},
		"providers.a.revoker":              {good + `"revoker": ^true, "client": {"userInfoURL": "https://a.example/me"}`, ""},
		"trust":                            {good + `"leeway": "1s"`, `, "trust": ^{"thumbprint": "x"}`},
		"watchInterval":                    {good + `"leeway": "1s"`, `, "watchInterval": ^"1h"`},
		"cache":                            {good + `"leeway": "1s"`, `, "cache": ^{"maxAge": "2h"}`},
		"applications.y.audience":          {`"issuer": "https://a"`, twoApplications},
		"users.sql.driver":                 {good + `"leeway": "1s"`, users},
	} {
		text := `{"providers": {"a": {` + c.provider + `}}` + c.other + `}`
		column := strings.Index(text, "^") + 1
		if path == "providers.a.audience" {
			column-- // the brace of the object
		}
		doc, err := settings.Parse([]byte(strings.Replace(text, "^", "", 1)))
		require.NoError(t, err, text)
		_, err = doc.Configuration(options)
		assert.Equal(t, []fault{{1, column, path, ""}}, positionsOf(all(t, err)), "%s\n%v", text, err)
	}
}

package settings_test

import (
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
		"[]":                         {1, 1, "", ""},
		"{}":                         {1, 1, "", ""},
		"{\"providers\": {}}":        {1, 15, "providers", ""},
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

// What oidcauth.New would refuse is reported at the value, or at the object that lacks it.
func TestFaultsOfTheConfigurationHavePositions(t *testing.T) {
	for text, want := range map[string]fault{
		`{"providers": {"a": {"issuer": "https://a.example"}}}`:                                                                                                                                                           {1, 21, "providers.a.audience", ""},
		`{"providers": {"a": {"issuer": "http://a.example", "audience": ["x"]}}}`:                                                                                                                                         {1, 32, "providers.a.issuer", ""},
		`{"providers": {"a": {"issuer": "https://a", "audience": ["x"], "tenants": ["t"]}}}`:                                                                                                                              {1, 75, "providers.a.tenants", ""},
		`{"providers": {"a": {"issuer": "https://a", "audience": ["x"], "leeway": "1h"}}}`:                                                                                                                                {1, 74, "providers.a.leeway", ""},
		`{"providers": {"a": {"issuer": "https://a", "audience": ["x"], "claims": {"userInfoOnly": true}}}}`:                                                                                                              {1, 91, "providers.a.claims.userInfoOnly", ""},
		`{"providers": {"a": {"issuer": "https://a", "audience": ["x"], "keys": [{"pem": "x"}]}}}`:                                                                                                                        {1, 72, "providers.a.keys", ""},
		`{"providers": {"a": {"issuer": "https://a", "audience": ["x"], "keys": [{"pem": {"file": "no"}}]}}}`:                                                                                                             {1, 81, "providers.a.keys[0].pem", ""},
		`{"providers": {"a": {"issuer": "https://a", "audience": ["x"], "trust": {"cas": "no"}}}}`:                                                                                                                        {1, 73, "providers.a.trust", ""},
		`{"providers": {"a": {"issuer": "https://a", "audience": ["x"]}}, "trust": {"thumbprint": "x"}}`:                                                                                                                  {1, 75, "trust", ""},
		`{"providers": {"a": {"issuer": "https://a", "audience": ["x"]}}, "watchInterval": "1h"}`:                                                                                                                         {1, 83, "watchInterval", ""},
		`{"providers": {"a": {"issuer": "https://a", "audience": ["x"]}}, "cache": {"maxAge": "2h"}}`:                                                                                                                     {1, 75, "cache", ""},
		`{"providers": {"a": {"issuer": "https://a"}}, "applications": {"x": {"provider": "a", "audience": ["x"]}, "y": {"provider": "a", "audience": ["x"]}}}`:                                                           {1, 142, "applications.y.audience", ""},
		`{"providers": {"a": {"issuer": "https://a", "audience": ["x"], "introspection": {"client": true}, "client": {"auth": {"secret": {"env": "CLIENT_SECRET"}}}}}}`:                                                   {1, 109, "providers.a.client", ""},
		`{"providers": {"a": {"issuer": "https://a", "audience": ["x"]}}, "users": {"sql": {"driver": "nodriver", "dsn": {"env": "USERS_DSN"}, "dialect": "sqlite", "table": "t", "valueColumn": "v", "idColumn": "i"}}}`: {1, 94, "users.sql.driver", ""},
	} {
		doc, err := settings.Parse([]byte(text))
		require.NoError(t, err, text)
		_, err = doc.Configuration(options)
		assert.Equal(t, []fault{want}, positionsOf(all(t, err)), "%s\n%v", text, err)
	}
}

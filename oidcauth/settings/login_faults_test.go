package settings_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// The faults that login.New would find are reported at the value, or at the object that lacks it. In each row, ^ is the position.
func TestFaultsOfALoginHavePositions(t *testing.T) {
	const keys = `"publicURL": "https://app.example", "keys": [{"env": "SESSION_KEY"}]`
	const of = `"login": {`
	const client = `, "client": {"clientID": "x", "auth": {"secret": {"env": "CLIENT_SECRET"}}}`
	for _, c := range []struct{ path, login, provider, more string }{
		{"login.publicURL", `^"keys": [{"env": "SESSION_KEY"}]`, "", ""},
		{"login.publicURL", `"publicURL": ^"http://app.example", "keys": [{"env": "SESSION_KEY"}]`, "", ""},
		{"login.path", keys + `, "path": ^"auth/"`, "", ""},
		{"login.home", keys + `, "home": ^"//evil.example"`, "", ""},
		{"login.cookieName", keys + `, "cookieName": ^"a b"`, "", ""},
		{"login.sessions.idle", keys + `, "sessions": {"idle": ^"1ms"}`, "", ""},
		{"login.logout.localOnly", keys + `, "logout": {"localOnly": ^true, "noRedirect": true}`, "", ""},
		{"login.logout.returnTo", keys + `, "logout": {"returnTo": ^"https://evil.example"}`, "", ""},
		{"login.keys[0]", `"publicURL": "https://app.example", "keys": [^{"env": "CLIENT_SECRET"}]`, "", ""},
		{"login.keys[1]", `"publicURL": "https://app.example", "keys": [{"env": "SESSION_KEY"}, ^{"env": "EMPTY"}]`, "", ""},
		{"login.keys[0]", `"publicURL": "https://app.example", "keys": [^{"file": "nowhere"}]`, "", ""},
		{"providers.a.login.requireACR", keys, of + `"requireACR": ^true}`, ""},
		{"providers.a.login.maxAge", keys, of + `"maxAge": ^"1ms"}`, ""},
		{"providers.a.login.prompt", keys, of + `"prompt": ^"none"}`, ""},
		{"providers.a.login.resources", keys, of + `"resources": ^["orders"]}`, ""},
		{"providers.a.login.scopes", keys, of + `"scopes": ^["openid", "a b"]}`, ""},
		{"providers.a.login.parameters", keys, of + `"parameters": ^{"state": ["x"]}}`, ""},
		{"providers.a.login.parameters", keys, of + `"audience": "x", "parameters": ^{"audience": ["x"]}}`, ""},
		{"providers.a.login.logout.noRedirect", keys, of + `"logout": {"noRedirect": ^true, "redirectURI": "https://app.example"}}`, ""},
		{"providers.a.client", keys, of + `"insecureSkipIDToken": true}, "client": ^{"clientID": "x", "auth": {"secret": {"env": "CLIENT_SECRET"}}}`, ""},
		{"providers.a.client", keys, of + `"scopes": ["profile"]}, "client": ^{"clientID": "x", "auth": {"secret": {"env": "CLIENT_SECRET"}}}`, ""},
		{"applications.y", keys, "", `, "applications": {"x": {"provider": "a", "audience": ["x"]}, "y": ^{"provider": "a", "audience": ["y"]}}`},
	} {
		provider := `"issuer": "https://a.example"`
		if c.more == "" {
			provider += `, "audience": ["x"]`
		}
		if c.provider != "" {
			provider += ", " + c.provider
		}
		if !strings.Contains(c.provider, `"client"`) {
			provider += client
		}
		text := `{"providers": {"a": {` + provider + `}}` + c.more + `, "login": {` + c.login + `}}`
		column := strings.Index(text, "^") + 1
		if strings.HasPrefix(c.login, "^") {
			column-- // the brace of the object
		}
		doc, err := settings.Parse([]byte(strings.Replace(text, "^", "", 1)))
		if !assert.NoError(t, err, text) {
			continue
		}
		_, err = doc.Configuration(options)
		if !assert.Error(t, err, text) {
			continue
		}
		assert.Equal(t, []fault{{1, column, c.path, ""}}, positionsOf(all(t, err)), "%s\n%v", text, err)
		assert.NotContains(t, err.Error(), "InsecureSkipIDToken")
		assert.NotContains(t, err.Error(), oidctest.ClientSecret)
	}
}

// Members of the two kinds of login that stand in the wrong one, and names that do not exist.
func TestStructureOfALogin(t *testing.T) {
	const good = `{"providers": {"a": {"issuer": "https://a", "audience": ["x"]}}, "login": {`
	for text, want := range map[string]fault{
		good + `"keys": ["hunter2"]}}`:                                         {1, 85, "login.keys[0]", ""},
		good + `"publicURL": "https://x"}}`:                                    {1, 75, "login", ""},
		good + `"keys": [{"env": "X"}], "pubicURL": "x"}}`:                     {1, 100, "login", "publicURL"},
		good + `"keys": [{"env": "X"}], "scopes": ["openid"]}}`:                {1, 100, "login", ""},
		good + `"keys": [{"env": "X"}], "applications": ["b"]}}`:               {1, 117, "login.applications[0]", "a"},
		`{"providers": {"a": {"issuer": "https://a", "login": {"keys": []}}}}`: {1, 55, "providers.a.login", ""},
	} {
		_, err := settings.Parse([]byte(text))
		require.Equal(t, []fault{want}, positionsOf(all(t, err)), "%s\n%v", text, err)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

// A login needs an application, and each of its applications a client.
func TestLoginNeedsAClient(t *testing.T) {
	for list, want := range map[string]string{"": "login", `, "applications": ["a"]`: "providers.a"} {
		doc := parsed(t, nil, `{"providers": {"a": {"issuer": "https://a", "audience": ["x"]}}, "login": {"publicURL": "https://x", "keys": [{"env": "SESSION_KEY"}]`+list+`}}`)
		_, err := doc.Configuration(options)
		require.Equal(t, want, only(t, err).Path)
	}
}

// A key is 32 bytes in either alphabet of base64, with or without padding.
func TestKeysOfALogin(t *testing.T) {
	raw := []byte(strings.Repeat("\xfb\xff", 16))
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		o := options
		o.LookupEnv = func(name string) (string, bool) {
			if name == "SESSION_KEY" {
				return encoding.EncodeToString(raw) + "\n", true
			}
			return environment(name)
		}
		s := newSite(t)
		c, err := parsed(t, nil, s.document(`{"providers": {"corp": {"issuer": "ISSUER", "audience": ["x"], CLIENT}}, LOGIN}`)).Configuration(o)
		require.NoError(t, err)
		require.Equal(t, [][]byte{raw}, c.Login.Keys)
	}
}

// Without a check of the ID token, UserInfo identifies the user. It needs openid and UserInfo.
func TestLoginWithoutACheckOfTheIDToken(t *testing.T) {
	s := newSite(t)
	const document = `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["x"], CLIENT, "claims": {"userInfo": USERINFO}, "algorithms": ["ES512"],
		"login": {"scopes": ["SCOPE"], "insecureSkipIDToken": SKIP}}}, LOGIN}`
	with := func(userInfo, scope, skip string) string {
		return strings.NewReplacer("USERINFO", userInfo, "SCOPE", scope, "SKIP", skip).Replace(document)
	}
	for skip, want := range map[string]int{"false": http.StatusForbidden, "true": http.StatusOK} {
		s.run(t, with("true", "openid", skip))
		status, _ := s.open(t, s.browser(t), "/")
		require.Equal(t, want == http.StatusOK, status == http.StatusOK, "the keys of the provider have another algorithm: %d", status)
	}
	for _, contradiction := range []string{with("false", "openid", "true"), with("true", "profile", "true")} {
		_, err := parsed(t, nil, s.document(contradiction)).Configuration(options)
		require.Equal(t, "providers.corp.client", only(t, err).Path)
	}
}

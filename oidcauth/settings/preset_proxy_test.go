package settings_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// proxies authenticate users, and send a token in a header of their own.
func proxies() []product {
	const backend = "/projects/123/global/backendServices/456"
	direct := slip{name: "a request past the proxy", sends: "X-Other", want: reason.NoCredentials, hint: "credentials_header_missing"}
	return []product{
		{
			preset: "google-iap", provider: `"audience": ["` + backend + `"]`, header: jwt, alg: "ES256", sends: "X-Goog-Iap-Jwt-Assertion",
			asks: "https://www.gstatic.com/iap/verify/public_key-jwk",
			claims: oidctest.Claims{
				"iss": "https://cloud.google.com/iap", "aud": backend, "sub": "accounts.google.com:1234567890", "azp": backend, "email": "alice@corp.example", "hd": "corp.example",
			},
			mistakes: []slip{
				{name: "another backend", claims: oidctest.Claims{"aud": "/projects/123/global/backendServices/789"}, want: reason.WrongAudience, hint: "iap_audience"}, direct,
			},
		},
		{
			preset: "cloudflare-access", provider: `"parameters": {"team": "corp"}, "audience": ["32eafc76"]`, header: jwt, sends: "Cf-Access-Jwt-Assertion",
			asks: "https://corp.cloudflareaccess.com/cdn-cgi/access/certs",
			claims: oidctest.Claims{
				"iss": "https://corp.cloudflareaccess.com", "aud": []string{"32eafc76"}, "sub": "7335d417", "type": "app", "email": "alice@corp.example", "identity_nonce": "6ei6",
			},
			mistakes: []slip{
				{name: "another application", claims: oidctest.Claims{"aud": []string{"other"}}, want: reason.WrongAudience, hint: "cloudflare_audience"}, direct,
			},
		},
	}
}

// The document says where the token is, if it does not leave that to the presets. The presets must agree.
func TestHeaderOfAPreset(t *testing.T) {
	const document = `{"providers": {"p": {"preset": "google-iap", "audience": ["a"]}OTHER}}`
	put := func(text string) string { return strings.Replace(document, "OTHER", text, 1) }
	const plain = `, "q": {"issuer": "https://q.example", "audience": ["q"]}`
	require.Equal(t, "X-Goog-Iap-Jwt-Assertion", configured(t, nil, put("")).Config.Credentials.Header)
	require.Contains(t, string(parsed(t, nil, put("")).Effective()), `"//header": "preset google-iap"`)
	require.Equal(t, "X-Own", configured(t, nil, put(plain+`}, "credentials": {"header": "X-Own"`)).Config.Credentials.Header)
	for _, other := range []string{plain, `, "q": {"preset": "cloudflare-access", "parameters": {"team": "t"}, "audience": ["q"]}`} {
		_, err := settings.Parse([]byte(put(other)))
		require.Equal(t, "providers.p.preset", only(t, err).Path)
	}
}

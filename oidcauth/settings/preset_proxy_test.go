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
	const (
		pool = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1Cd2Ef3"
		arn  = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
		kid  = "6d2f0b7c-11aa-4b8e-8e0a-5f2f3b9a7c01"
	)
	return []product{
		{ // as AWS documents it in "Authenticate users using an Application Load Balancer", and as the tests of aws-jwt-verify have it
			preset: "aws-alb", provider: `"parameters": {"region": "eu-central-1", "signer": "` + arn + `", "client": "shop", "issuer": "` + pool + `"}`,
			header: map[string]any{"typ": "JWT", "kid": kid, "iss": pool, "client": "shop", "signer": arn, "exp": 4102444800}, alg: "ES256", sends: "X-Amzn-Oidc-Data", padded: true,
			asks:   "https://public-keys.auth.elb.eu-central-1.amazonaws.com/" + kid,
			claims: oidctest.Claims{"iss": pool, "sub": "6ac0a5d4-9f5e", "email": "alice@corp.example", "email_verified": "true", "username": "alice", "aud": nil},
			mistakes: []slip{
				{name: "another load balancer", header: map[string]any{"signer": arn[:len(arn)-1] + "9"}, want: reason.HeaderRefused, hint: "alb_other_signer"},
				{name: "another client", header: map[string]any{"client": "wiki"}, want: reason.HeaderRefused, hint: "alb_other_client"},
				{name: "the access token of the login service", header: map[string]any{"signer": nil, "client": nil, "kid": "k"}, claims: oidctest.Claims{"token_use": "access"}, want: reason.MalformedToken, hint: "alb_access_token", unpadded: true},
				direct,
			},
		},
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

package oidcauth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The keys that are pinned for tokens also verify answers about tokens.
func TestAnswersOfAPinnedIssuerAreVerifiedByItsKeys(t *testing.T) {
	p := newPinned(t)
	p.config.RequireSignedIntrospection = true
	client := p.client(t)
	p.userInfo(p.discovered, "")
	require.Equal(t, reason.UserInfoUnavailable, judged(t, p.auth(t, client, nil), p.token()))
	p.userInfo(p.own, "")
	require.Empty(t, judged(t, p.auth(t, client, nil), p.token()))
	require.Zero(t, p.discovered.Requests(oidctest.JWKS))

	p.introspection(p.discovered)
	require.Equal(t, reason.IntrospectionUnavailable, judged(t, p.auth(t, nil, client), "opaque"))
	p.introspection(p.own)
	require.Empty(t, judged(t, p.auth(t, nil, client), "opaque"))
	require.Zero(t, p.discovered.Requests(oidctest.JWKS))
}

// If all tokens of an issuer are introspected, the issuer needs no keys. The client discovers the keys that verify signed
// answers.
func TestSignedAnswerIsVerifiedIfTheIssuerNeedsNoKeys(t *testing.T) {
	p := newPinned(t)
	p.issuer.Keys, p.issuer.Introspection.JWTs = nil, true
	p.config.RequireSignedIntrospection = true
	client := p.client(t)
	p.introspection(p.discovered)
	require.Empty(t, judged(t, p.auth(t, nil, client), "opaque"))
	p.introspection(p.own)
	require.Equal(t, reason.IntrospectionUnavailable, judged(t, p.auth(t, nil, client), "another"))
}

func TestAnswersAreVerifiedByTheIssuersAlgorithms(t *testing.T) {
	p := newPinned(t)
	require.NoError(t, p.own.Rotate("PS256"))
	p.userInfo(p.own, "PS256")
	require.Empty(t, judged(t, p.auth(t, p.client(t), nil), p.token()))
	require.NoError(t, p.own.Rotate("ES256"))
	p.issuer.Algorithms = []string{"ES256"}
	token := p.token()
	require.Equal(t, reason.UserInfoUnavailable, judged(t, p.auth(t, p.client(t), nil), token))
	p.config.Algorithms = []string{"PS256"}
	require.Empty(t, judged(t, p.auth(t, p.client(t), nil), token), "the client's own")
}

// The discovery document may have another URL than the default.
func TestClientReadsTheIssuersDiscoveryDocument(t *testing.T) {
	w := newWorld(t)
	w.set("https://inside.example/oidc", w.answers[idpDiscovery])
	w.set(idpDiscovery, answer{status: http.StatusNotFound})
	w.set(idpUserInfo, answer{body: `{"sub":"` + holder + `","oid":"o"}`})
	w.start(t, func(c *oidcauth.Config) {
		w.askingUserInfo(c)
		c.Issuers[0].DiscoveryURL = "https://inside.example/oidc"
	})
	require.Empty(t, w.reason(t, verdict{}))
	require.Zero(t, w.count(idpDiscovery))
}

// An issuer whose tokens are never verified locally has no keys to inherit: discovered keys verify the answers.
func TestClientOfAnIssuerWithoutKeysDiscoversThem(t *testing.T) {
	p := newPinned(t)
	p.issuer.Keys, p.issuer.Introspection.JWTs, p.config.RequireSignedIntrospection = nil, true, true
	token := p.discovered.Token(audience, alice)
	p.introspection(p.discovered)
	require.Empty(t, judged(t, p.auth(t, nil, p.client(t)), token))
	p.introspection(p.own)
	require.Equal(t, reason.IntrospectionUnavailable, judged(t, p.auth(t, nil, p.client(t)), token))
}

// A client keeps its own settings.
func TestSettingsOfAClientTakePrecedence(t *testing.T) {
	p := newPinned(t)
	p.config.Keys = certsource.Discovered{}
	p.userInfo(p.discovered, "")
	require.Empty(t, judged(t, p.auth(t, p.client(t), nil), p.token()))
	p.userInfo(p.own, "")
	require.Equal(t, reason.UserInfoUnavailable, judged(t, p.auth(t, p.client(t), nil), p.token()))
}

// One client may serve two issuers and the program: each issuer gets its own copy, and the program's client is unchanged.
func TestClientOfTwoIssuersIsCopiedForEach(t *testing.T) {
	p := newPinned(t)
	client := p.client(t)
	bound := p.auth(t, client, nil)
	other := p.issuer
	other.Keys, other.Claims.UserInfo = certsource.Discovered{}, client
	free := serviceOf(t, p.discovered, withSystemClock, withIssuers(other)).auth
	token := p.discovered.Forge(oidctest.Forgery{Claims: oidctest.Claims{"aud": audience, "sub": "alice"}})

	p.userInfo(p.discovered, "")
	require.Equal(t, reason.UserInfoUnavailable, judged(t, bound, p.token()))
	require.Empty(t, judged(t, free, token))
	_, err := client.UserInfo(context.Background(), "t")
	require.NoError(t, err)
}

// If several fields contain the same client, it fetches the discovery document once.
func TestClientInSeveralFieldsIsCopiedOnce(t *testing.T) {
	p := newPinned(t)
	p.discovered.SetUserInfo("alice", oidctest.Claims{"oid": "o"})
	client := p.client(t)
	auth := p.auth(t, client, client)
	require.Empty(t, judged(t, auth, p.discovered.Opaque(audience, alice)))
	require.Equal(t, 1, p.discovered.Requests(oidctest.Introspection))
	require.Equal(t, 1, p.discovered.Requests(oidctest.UserInfo))
	require.Equal(t, 1, p.discovered.Requests(oidctest.Discovery))
}

// The iss of a signed answer is never the template itself, so an answer without iss belongs to no issuer.
func TestSignedAnswerWithTheTemplateAsIssuerIsRefused(t *testing.T) {
	p := newPinned(t)
	p.issuer.URL = "https://login.microsoftonline.com/{tenantid}/v2.0"
	p.config = provider.Config{UserInfoURL: p.discovered.Issuer() + string(oidctest.UserInfo), ClientID: oidctest.ClientID}
	p.discovered.Fail(oidctest.UserInfo, oidctest.Fault{Type: "application/jwt", Body: p.own.Forge(oidctest.Forgery{
		Header: map[string]any{"typ": "JWT"}, Claims: oidctest.Claims{"iss": nil, "aud": nil, "sub": "alice", "oid": "o", "exp": nil},
	})})
	token := p.own.Forge(oidctest.Forgery{Claims: oidctest.Claims{
		"iss": "https://login.microsoftonline.com/t1/v2.0", "tid": "t1", "aud": audience, "sub": "alice",
	}})
	require.Equal(t, reason.UserInfoUnavailable, judged(t, p.auth(t, p.client(t), nil), token))
	p.discovered.Fail(oidctest.UserInfo, oidctest.Fault{Body: `{"sub":"alice","oid":"o"}`})
	require.Empty(t, judged(t, p.auth(t, p.client(t), nil), token), "as JSON it is as good as elsewhere")
}

// A client of another issuer inherits nothing, because the keys and the HTTP client of this issuer do not apply to it.
func TestClientOfAnotherIssuerInheritsNothing(t *testing.T) {
	p := newPinned(t)
	p.issuer.URL = corpIssuer
	p.userInfo(p.discovered, "")
	token := p.own.Forge(oidctest.Forgery{Claims: oidctest.Claims{"iss": corpIssuer, "aud": audience, "sub": "alice"}})
	require.Empty(t, judged(t, p.auth(t, p.client(t), nil), token))
}

// A client that has only the URL of its endpoint belongs to the issuer that uses it.
func TestClientWithoutIssuerInheritsTheIssuerThatUsesIt(t *testing.T) {
	p := newPinned(t)
	p.config = provider.Config{UserInfoURL: p.discovered.Issuer() + string(oidctest.UserInfo), ClientID: oidctest.ClientID}
	p.userInfo(p.own, "")
	require.Empty(t, judged(t, p.auth(t, p.client(t), nil), p.token()))
	p.userInfo(p.discovered, "")
	require.Equal(t, reason.UserInfoUnavailable, judged(t, p.auth(t, p.client(t), nil), p.token()))
	require.Zero(t, p.discovered.Requests(oidctest.Discovery))
}

// If the client has no issuer, its assertion names the endpoint. An inherited issuer does not change this audience.
func TestAudienceOfAnAssertionIsNotInherited(t *testing.T) {
	audienceOf := func(change func(*provider.Config)) string {
		w, audience := newWorld(t), ""
		config := provider.Config{
			RevocationURL: idp + "/revoke", ClientID: "orders", Now: w.clock,
			Auth: provider.Auth{Method: provider.ClientSecretJWT, Secret: oidctest.ClientSecret + oidctest.ClientSecret},
			HTTPClient: &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
				parts := strings.Split(r.FormValue("client_assertion"), ".")
				payload := must(base64.RawURLEncoding.DecodeString(parts[1]))
				audience = must(claims.Decode[string](must(claims.Parse(payload)), claims.Name("aud")))
				return nil, errors.New("enough")
			})},
		}
		change(&config)
		w.start(t, func(c *oidcauth.Config) { c.Issuers[0].Revoker = must(provider.New(config)) })
		require.Error(t, w.auth.Revoke(t.Context(), verdict{}.token(), ""))
		require.Zero(t, w.count(idp+"/revoke"), "the client's own HTTPClient is used")
		return audience
	}
	require.Equal(t, idp+"/revoke", audienceOf(func(*provider.Config) {}))
	require.Equal(t, idp, audienceOf(func(c *provider.Config) { c.Issuer = idp }))
	require.Equal(t, "urn:x", audienceOf(func(c *provider.Config) { c.Auth.Audience = "urn:x" }))
}

type wrapping struct{ *provider.Client }

func (w wrapping) UserInfo(ctx context.Context, token string) (claims.Set, error) {
	return w.Client.UserInfo(ctx, token)
}

// If a type of the application wraps a client, the client inherits nothing.
func TestWrappedClientInheritsNothing(t *testing.T) {
	p := newPinned(t)
	p.userInfo(p.discovered, "")
	require.Empty(t, judged(t, p.auth(t, wrapping{p.client(t)}, nil), p.token()))
}

// A client inherits the HTTP client and the clock of its issuer, so both are configured once.
func TestClientInheritsHTTPClientAndClock(t *testing.T) {
	w := newWorld(t)
	client := must(provider.New(provider.Config{Issuer: idp}))
	w.set(idp+"/revoke", answer{})
	revoking := must(provider.New(provider.Config{RevocationURL: idp + "/revoke", ClientID: "orders"}))
	w.set(idpUserInfo, answer{kind: "application/jwt", body: verdict{header: obj{"typ": "JWT"}, claims: obj{"aud": nil, "exp": nil, "oid": "o"}}.token()})
	w.start(t, func(c *oidcauth.Config) {
		c.HTTPClient, c.Issuers[0].HTTPClient = nil, &http.Client{Transport: w}
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Introspection.Client, c.Issuers[0].Revoker = client, client, revoking
		c.Issuers[0].Claims.Required = []claims.Path{claims.Name("oid")}
	})
	require.Empty(t, w.reason(t, verdict{}), "iat is of verdictTime")
	require.Equal(t, 2, w.count(idpDiscovery), "one for keys, one for endpoints")
	w.advance(10 * time.Minute)
	require.Equal(t, reason.UserInfoUnavailable, w.reason(t, verdict{claims: obj{"exp": inSeconds(3600)}}), "an answer of ten minutes ago")
	_ = w.auth.Revoke(context.Background(), verdict{claims: obj{"exp": inSeconds(3600)}}.token(), "")
	require.Equal(t, 1, w.count(idp+"/revoke"))
}

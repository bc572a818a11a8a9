package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func TestIntrospectionOfATokenThatLivesAndDies(t *testing.T) {
	p := oidctest.New(t)
	client, err := provider.New(p.ClientConfig())
	require.NoError(t, err)
	ctx := context.Background()
	token := p.Opaque("api://orders", oidctest.Claims{"sub": "alice", "scope": "read"})
	set, err := client.Introspect(ctx, token)
	require.NoError(t, err)
	for name, want := range map[string]string{"sub": "alice", "aud": "api://orders", "scope": "read", "iss": p.Issuer()} {
		got, err := claims.Decode[string](set, claims.Name(name))
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	_, err = client.Introspect(ctx, "garbage")
	require.ErrorIs(t, err, claims.ErrInactive)

	require.NoError(t, client.Revoke(ctx, token, provider.AccessToken))
	_, err = client.Introspect(ctx, token)
	require.ErrorIs(t, err, claims.ErrInactive)
	require.NoError(t, client.Revoke(ctx, token, ""), "revoking an unknown token is no error")

	token = p.Opaque("api://orders", nil)
	p.Advance(5 * time.Minute)
	_, err = client.Introspect(ctx, token)
	require.ErrorIs(t, err, claims.ErrInactive)
}

func TestOnlyTheBooleanTrueIsActive(t *testing.T) {
	for name, c := range map[string]struct {
		kind, body       string
		active, inactive bool
	}{
		"active":          {"application/json", `{"active":true,"sub":"s"}`, true, false},
		"with charset":    {"Application/JSON; charset=utf-8", `{"active":true}`, true, false},
		"inactive":        {"application/json", `{"active":false,"sub":"s"}`, false, true},
		"string true":     {"application/json", `{"active":"true"}`, false, false},
		"string false":    {"application/json", `{"active":"false"}`, false, false},
		"one":             {"application/json", `{"active":1}`, false, false},
		"null":            {"application/json", `{"active":null}`, false, false},
		"missing":         {"application/json", `{"sub":"s"}`, false, false},
		"twice":           {"application/json", `{"active":false,"active":true}`, false, false},
		"twice, deep":     {"application/json", `{"active":true,"cnf":{"a":1,"a":2}}`, false, false},
		"imitated":        {"application/json", `{"active":true,"EXP":1}`, false, false},
		"other case":      {"application/json", `{"Active":true}`, false, false},
		"two objects":     {"application/json", `{"active":true}{}`, false, false},
		"array":           {"application/json", `[{"active":true}]`, false, false},
		"empty":           {"application/json", ``, false, false},
		"page":            {"text/html", `<html>`, false, false},
		"mislabelled":     {"text/html", `{"active":true}`, false, false},
		"no type":         {"", `{"active":true}`, false, false},
		"bare JWT":        {"application/jwt", `{"active":true}`, false, false},
		"too large":       {"application/json", `{"active":true,"x":"` + strings.Repeat("x", 1<<20) + `"}`, false, false},
		"too many values": {"application/json", `{"active":true,"x":[` + strings.Repeat("1,", 5000) + `1]}`, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := answering(t, http.StatusOK, c.kind, c.body).client(t, nil).Introspect(context.Background(), "t")
			if c.active {
				require.NoError(t, err)
				assert.Contains(t, set.Names(), "active")
				return
			}
			require.Error(t, err)
			assert.Equal(t, c.inactive, err == claims.ErrInactive) //nolint:errorlint // it is nothing else besides
			assert.Empty(t, set.Names())
		})
	}
}

// The refusal of a client says nothing about the token.
func TestRefusedClientsAreTheOperatorsFault(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		kind, body string
		want       *provider.ClientRefusedError
	}{
		"invalid client":   {401, "application/json", `{"error":"invalid_client"}`, &provider.ClientRefusedError{Status: 401, Code: "invalid_client"}},
		"without a word":   {401, "", "", &provider.ClientRefusedError{Status: 401}},
		"of old servers":   {400, "application/json", `{"error":"invalid_client"}`, &provider.ClientRefusedError{Status: 400, Code: "invalid_client"}},
		"not allowed":      {400, "application/json", `{"error":"unauthorized_client"}`, &provider.ClientRefusedError{Status: 400, Code: "unauthorized_client"}},
		"gateway":          {403, "text/html; charset=utf-8", `<html>`, &provider.ClientRefusedError{Status: 403, HTML: true}},
		"entitlement":      {403, "application/json", `{"error":"insufficient_rights"}`, &provider.ClientRefusedError{Status: 403, Code: "insufficient_rights"}},
		"not found":        {404, "", "", nil},
		"too often":        {429, "", "", nil},
		"out of order":     {500, "application/json", `{"error":"invalid_client"}`, nil},
		"no content":       {204, "", "", nil},
		"our form":         {400, "application/json", `{"error":"invalid_request"}`, nil},
		"not for us":       {400, "application/json", `{"error":"access_denied"}`, nil},
		"a gateway's page": {400, "text/html", `<html>`, nil},
		"unprocessable":    {422, "application/json", `{"detail":"client_id missing"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := answering(t, c.status, c.kind, c.body)
			for at, err := range everything(context.Background(), e.client(t, nil), "t") {
				require.Error(t, err, at)
				assert.NotErrorIs(t, err, claims.ErrInactive)
				var got *provider.ClientRefusedError
				if at == "UserInfo" || !assert.Equal(t, c.want != nil, asError(err, &got), at) || c.want == nil {
					continue
				}
				want := *c.want
				want.Endpoint = at
				assert.Equal(t, want, *got)
				assert.NotEmpty(t, got.Error())
			}
		})
	}
}

// A sender can cause such an answer at will, so it is the token's fault and not an outage.
func TestATokenThatIntrospectionRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		kind, body string
		understood bool // the provider has answered a request of this form before
		code       string
	}{
		"its kind":                {400, "application/json", `{"error":"unsupported_token_type"}`, false, "unsupported_token_type"},
		"its name":                {400, "application/json;charset=utf-8", `{"error":"invalid_token","error_description":"x"}`, false, "invalid_token"},
		"no word":                 {400, "", "", false, ""},
		"text":                    {400, "text/plain", "cannot decrypt", false, ""},
		"an error that is none":   {400, "application/json", `{"status":400,"error":"Bad Request"}`, false, ""},
		"too large":               {413, "text/html", "<html>", false, ""},
		"too large for a header":  {431, "", "", false, ""},
		"as any request":          {400, "application/json", `{"error":"invalid_request"}`, true, "invalid_request"},
		"as any page":             {400, "text/html", `<html>`, true, ""},
		"as an unprocessable one": {422, "application/json", `{"detail":"not a token"}`, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := answering(t, http.StatusOK, "application/json", `{"active":false}`)
			client := e.client(t, nil)
			if c.understood {
				_, err := client.Introspect(context.Background(), "another")
				require.ErrorIs(t, err, claims.ErrInactive)
			}
			e.answer(c.status, c.kind, c.body)
			_, err := client.Introspect(context.Background(), "t")
			require.ErrorIs(t, err, claims.ErrInactive)
			var refused *provider.TokenRefusedError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, provider.TokenRefusedError{Status: c.status, Code: c.code}, *refused)
			assert.NotContains(t, err.Error(), "decrypt")
			var ours *provider.ClientRefusedError
			require.NotErrorAs(t, client.Revoke(context.Background(), "t", ""), &ours)
		})
	}
}

func TestTokensTravelInHeaderOrBodyOnly(t *testing.T) {
	const token = "the-token"
	e := answering(t, http.StatusOK, "application/json", `{"active":true}`)
	client := e.client(t, func(c *provider.Config) {
		c.Auth = provider.Auth{Secret: longSecret}
		c.HTTPClient.Jar = jar{}
	})
	everything(context.Background(), client, token)
	everything(context.Background(), client, token)
	require.Len(t, e.all(), 8)
	for _, r := range e.all() {
		assert.Empty(t, r.query)
		assert.NotContains(t, r.path, token)
		assert.Empty(t, r.header.Get("Cookie"))
		if r.path == "/introspect" || r.path == "/revoke" {
			assert.Equal(t, token, r.form.Get("token"))
		}
	}
}

// jar is a cookie jar that returns a cookie for every URL.
type jar struct{}

func (jar) SetCookies(*url.URL, []*http.Cookie) {}
func (jar) Cookies(*url.URL) []*http.Cookie     { return []*http.Cookie{{Name: "a", Value: "b"}} }

func TestNothingFollowsARedirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		e := answering(t, http.StatusOK, "application/json", `{"active":true,"sub":"s"}`)
		s := httptest.NewTLSServer(http.RedirectHandler(e.URL, status))
		t.Cleanup(s.Close)
		client := (&endpoint{Server: s}).client(t, func(c *provider.Config) { c.Auth = provider.Auth{Secret: longSecret} })
		for at, err := range everything(context.Background(), client, "t") {
			assert.ErrorIs(t, err, fetch.ErrRedirect, at)
		}
		assert.Empty(t, e.all())
	}
}

func TestTextThatIsNoTokenIsNotSent(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", `{"active":true,"sub":"s"}`)
	client := e.client(t, nil)
	ctx := context.Background()
	for _, token := range []string{"", " ", "a b", "a\r\nb", "\x00", "ä", strings.Repeat("x", 64<<10+1)} {
		want := provider.ErrToken
		if token == "" {
			want = provider.ErrNoToken
		}
		_, err := client.UserInfo(ctx, token)
		assert.ErrorIs(t, err, want)
		_, err = client.Introspect(ctx, token)
		assert.ErrorIs(t, err, want)
		assert.ErrorIs(t, client.Revoke(ctx, token, ""), want)
	}
	_, err := client.UserInfo(ctx, strings.Repeat("x", 16<<10+1))
	assert.ErrorIs(t, err, provider.ErrToken)
	assert.Empty(t, e.all())

	_, err = client.UserInfo(ctx, strings.Repeat("x", 16<<10))
	assert.NoError(t, err)
	_, err = client.Introspect(ctx, strings.Repeat("x", 64<<10))
	assert.NoError(t, err)
}

func TestErrorsRepeatNoSecretAndNoToken(t *testing.T) {
	const token = "token-to-hide"
	hostile := `{"error":"` + token + `","error_description":"` + token + longSecret + `"}`
	for _, status := range []int{200, 400, 401, 403, 404, 500} {
		e := answering(t, status, "application/json", hostile)
		for _, method := range []provider.AuthMethod{provider.ClientSecretBasic, provider.ClientSecretPost, provider.ClientSecretJWT} {
			client := e.client(t, func(c *provider.Config) { c.Auth = provider.Auth{Method: method, Secret: longSecret} })
			for at, err := range everything(context.Background(), client, token) {
				for _, hidden := range []string{token, longSecret} {
					assert.NotContains(t, fmt.Sprint(err), hidden, at)
				}
			}
		}
	}
}

func TestAClientIsNeededToAsk(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", `{"active":true,"sub":"s"}`)
	client := e.client(t, func(c *provider.Config) { c.ClientID = "" })
	for at, err := range everything(context.Background(), client, "t") {
		if at == "UserInfo" {
			assert.NoError(t, err)
			continue
		}
		assert.ErrorIs(t, err, provider.ErrNoClient, at)
	}
}

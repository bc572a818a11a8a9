package migration

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const audience = "api://orders"

// library is one that a service leaves.
type library struct {
	name          string
	before, after func(*testing.T, *oidctest.Provider) http.Handler
}

func must(t *testing.T) func(http.Handler, error) http.Handler {
	t.Helper()
	return func(h http.Handler, err error) http.Handler {
		t.Helper()
		require.NoError(t, err)
		return h
	}
}

func keysURL(p *oidctest.Provider) string { return p.Issuer() + string(oidctest.JWKS) }

var libraries = []library{
	{
		"go-oidc",
		func(t *testing.T, p *oidctest.Provider) http.Handler {
			return must(t)(goOIDCBefore(t.Context(), p.Issuer(), audience))
		},
		func(t *testing.T, p *oidctest.Provider) http.Handler {
			return must(t)(goOIDCAfter(p.Issuer(), audience))
		},
	},
	{
		"auth0",
		func(t *testing.T, p *oidctest.Provider) http.Handler {
			return must(t)(auth0Before(p.Issuer(), audience))
		},
		func(t *testing.T, p *oidctest.Provider) http.Handler {
			return must(t)(auth0After(p.Issuer(), audience))
		},
	},
	{
		"golang-jwt",
		func(t *testing.T, p *oidctest.Provider) http.Handler {
			return must(t)(golangJWTBefore(t.Context(), p.Issuer(), audience, keysURL(p)))
		},
		func(t *testing.T, p *oidctest.Provider) http.Handler {
			return must(t)(golangJWTAfter(p.Issuer(), audience, keysURL(p)))
		},
	},
}

// status is what a service answers to a token.
func status(t *testing.T, h http.Handler, token string) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/orders", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code == http.StatusOK {
		require.True(t, strings.HasPrefix(w.Body.String(), "hello "), w.Body.String())
	}
	return w.Code
}

// alice has all the claims that the services ask for.
func alice(changes oidctest.Claims) oidctest.Claims {
	all := oidctest.Claims{"sub": "alice", "email": "alice@example.com"}
	maps.Copy(all, changes)
	return all
}

func forged(p *oidctest.Provider, typ string, changes oidctest.Claims) string {
	claims := alice(changes)
	claims["aud"] = audience
	return p.Forge(oidctest.Forgery{Header: map[string]any{"typ": typ}, Claims: claims})
}

// What the page says about behaviour: statuses before the change, by library, and after it.
func TestBehaviour(t *testing.T) {
	ago := func(p *oidctest.Provider, d time.Duration) int64 { return p.Now().Add(-d).Unix() }
	idToken := oidctest.Claims{"nonce": "n-1", "at_hash": "x"}
	for _, c := range []struct {
		name   string
		token  func(*oidctest.Provider) string
		before [3]int // in the order of libraries
		after  [3]int
	}{
		{"good", func(p *oidctest.Provider) string { return p.Token(audience, alice(nil)) }, [3]int{200, 200, 200}, [3]int{200, 200, 200}},
		{"another audience", func(p *oidctest.Provider) string { return p.Token("api://other", alice(nil)) }, [3]int{401, 401, 401}, [3]int{401, 401, 401}},
		{"ID token", func(p *oidctest.Provider) string { return forged(p, "JWT", idToken) }, [3]int{200, 200, 200}, [3]int{401, 401, 401}},
		{
			"refresh token", func(p *oidctest.Provider) string { return forged(p, "JWT", oidctest.Claims{"typ": "Refresh"}) },
			[3]int{200, 200, 200},
			[3]int{401, 401, 401},
		},
		{
			"bound to a key", func(p *oidctest.Provider) string {
				return forged(p, "at+jwt", oidctest.Claims{"cnf": map[string]any{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}})
			},
			[3]int{200, 401, 200},
			[3]int{401, 401, 401},
		},
		{"expired an hour ago", func(p *oidctest.Provider) string {
			return p.Token(audience, alice(oidctest.Claims{"exp": ago(p, time.Hour)}))
		}, [3]int{401, 401, 401}, [3]int{401, 401, 401}},
		{"expired 20 s ago", func(p *oidctest.Provider) string {
			return p.Token(audience, alice(oidctest.Claims{"exp": ago(p, 20*time.Second)}))
		}, [3]int{401, 200, 401}, [3]int{200, 200, 200}},
		{"no exp", func(p *oidctest.Provider) string { return p.Token(audience, alice(oidctest.Claims{"exp": nil})) }, [3]int{401, 200, 401}, [3]int{401, 401, 401}},
		{
			"no email", func(p *oidctest.Provider) string { return p.Token(audience, alice(oidctest.Claims{"email": nil})) },
			[3]int{200, 200, 200},
			[3]int{403, 200, 200},
		},
	} {
		for i, l := range libraries {
			t.Run(c.name+"/"+l.name, func(t *testing.T) {
				p := oidctest.New(t)
				require.Equal(t, c.before[i], status(t, l.before(t, p), c.token(p)), "before")
				require.Equal(t, c.after[i], status(t, l.after(t, p), c.token(p)), "after")
			})
		}
	}
}

// The answer to an expired token: auth0's tells the client why, the other does not.
func TestBodyOfARefusal(t *testing.T) {
	p := oidctest.New(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/orders", nil)
	r.Header.Set("Authorization", "Bearer "+p.Token(audience, alice(oidctest.Claims{"exp": p.Now().Add(-time.Hour).Unix()})))
	for want, h := range map[bool]http.Handler{true: must(t)(auth0Before(p.Issuer(), audience)), false: must(t)(auth0After(p.Issuer(), audience))} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, want, strings.Contains(w.Body.String(), "token_expired"), w.Body.String())
		require.Equal(t, !want, strings.Contains(w.Body.String(), "decision_id"), w.Body.String())
	}
}

// A new key: the first token that it signs.
func TestRotation(t *testing.T) {
	before := map[string]int{"go-oidc": 200, "auth0": 401, "golang-jwt": 200}
	for _, l := range libraries {
		t.Run(l.name, func(t *testing.T) {
			p := oidctest.New(t)
			old, current := l.before(t, p), l.after(t, p)
			for _, h := range []http.Handler{old, current} {
				require.Equal(t, http.StatusOK, status(t, h, p.Token(audience, alice(nil))))
			}
			require.NoError(t, p.Rotate("RS256"))
			token := p.Token(audience, alice(nil))
			require.Equal(t, before[l.name], status(t, old, token), "before")
			require.Equal(t, http.StatusOK, status(t, current, token), "after")
		})
	}
}

// How often the provider is asked for its keys by 20 tokens of unknown key ids.
func TestUnknownKeysAsk(t *testing.T) {
	// go-oidc lets a request join a fetch that is still under way, so it may count a few less.
	least := map[string]int{"go-oidc": 5, "auth0": 0, "golang-jwt": 0}
	most := map[string]int{"go-oidc": 20, "auth0": 0, "golang-jwt": 1}
	for _, l := range libraries {
		t.Run(l.name, func(t *testing.T) {
			p := oidctest.New(t)
			asked := func(h http.Handler) int {
				require.Equal(t, http.StatusOK, status(t, h, p.Token(audience, alice(nil))))
				begin := p.Requests(oidctest.JWKS)
				for i := range 20 {
					status(t, h, p.Forge(oidctest.Forgery{Header: map[string]any{"kid": string(rune('a' + i))}, Claims: alice(oidctest.Claims{"aud": audience})}))
				}
				return p.Requests(oidctest.JWKS) - begin
			}
			before := asked(l.before(t, p))
			require.GreaterOrEqual(t, before, least[l.name], "before")
			require.LessOrEqual(t, before, most[l.name], "before")
			require.LessOrEqual(t, asked(l.after(t, p)), 3, "after")
		})
	}
}

// The provider does not answer when the service starts, or when the first token comes.
func TestOutage(t *testing.T) {
	p := oidctest.New(t)
	p.Fail(oidctest.Discovery, oidctest.Fault{Status: 502})
	_, err := goOIDCBefore(t.Context(), p.Issuer(), audience)
	require.Error(t, err)
	_, err = goOIDCAfter(p.Issuer(), audience)
	require.NoError(t, err)

	before := map[string]int{"go-oidc": 401, "auth0": 401, "golang-jwt": 401}
	for _, l := range libraries {
		t.Run(l.name, func(t *testing.T) {
			p := oidctest.New(t)
			p.Fail(oidctest.JWKS, oidctest.Fault{Status: 502})
			token := p.Token(audience, alice(nil))
			require.Equal(t, before[l.name], status(t, l.before(t, p), token), "before")
			require.Equal(t, http.StatusServiceUnavailable, status(t, l.after(t, p), token), "after")
		})
	}
}

package oidcauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestPossessionThatIsMisconfigured(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	sha1 := strings.Repeat("ab", 20)
	for name, c := range map[string]struct {
		field  string
		change func(*oidcauth.Config)
	}{
		"relative URL":         {"PublicURL", func(c *oidcauth.Config) { c.PublicURL = "/api" }},
		"URL with a query":     {"PublicURL", func(c *oidcauth.Config) { c.PublicURL = publicURL + "?x" }},
		"URL with a user":      {"PublicURL", func(c *oidcauth.Config) { c.PublicURL = "https://u@api.example.com" }},
		"negative age":         {"DPoP.MaxAge", func(c *oidcauth.Config) { c.DPoP.MaxAge = -1 }},
		"age of an hour":       {"DPoP.MaxAge", func(c *oidcauth.Config) { c.DPoP.MaxAge = time.Hour }},
		"nonce without URL":    {"DPoP.RequireNonce", func(c *oidcauth.Config) { c.DPoP.RequireNonce = true }},
		"secret without nonce": {"DPoP.NonceSecret", func(c *oidcauth.Config) { c.DPoP.NonceSecret = nonceSecret }},
		"short secret": {"DPoP.NonceSecret", func(c *oidcauth.Config) {
			c.PublicURL, c.DPoP.RequireNonce, c.DPoP.NonceSecret = publicURL, true, []byte("x")
		}},
		"negative share":              {"DPoP.ProofsPerKey", func(c *oidcauth.Config) { c.DPoP.ProofsPerKey = -1 }},
		"nil store":                   {"DPoP.Replays", func(c *oidcauth.Config) { c.DPoP.Replays = (*denylist.Memory)(nil) }},
		"proxy that is not named":     {"ClientCertificate.Proxies", func(c *oidcauth.Config) { c.ClientCertificate.Form = oidcauth.CertificateRFC9440 }},
		"proxy with every address":    {"ClientCertificate.Proxies", behindProxy(oidcauth.CertificateRFC9440, func(c *oidcauth.ClientCertificate) { c.Proxies[0] = netip.MustParsePrefix("::/0") })},
		"invalid prefix":              {"ClientCertificate.Proxies", behindProxy(oidcauth.CertificateRFC9440, func(c *oidcauth.ClientCertificate) { c.Proxies[0] = netip.Prefix{} })},
		"mapped IPv4 prefix":          {"ClientCertificate.Proxies", behindProxy(oidcauth.CertificateRFC9440, func(c *oidcauth.ClientCertificate) { c.Proxies[0] = netip.MustParsePrefix("::ffff:192.0.2.0/120") })},
		"host beyond ASCII":           {"PublicURL", func(c *oidcauth.Config) { c.PublicURL = "https://münchen.example" }},
		"unknown form":                {"ClientCertificate.Form", behindProxy("apache")},
		"proxy without form":          {"ClientCertificate.Form", func(c *oidcauth.Config) { c.ClientCertificate.Proxies = proxies }},
		"header that is no name":      {"ClientCertificate.Header", behindProxy(oidcauth.CertificateNGINX, func(c *oidcauth.ClientCertificate) { c.Header = "a b" })},
		"proxy by a SHA-1 thumbprint": {"ClientCertificate.ProxyCertificates", behindProxy(oidcauth.CertificateNGINX, func(c *oidcauth.ClientCertificate) { c.ProxyCertificates = []string{sha1} })},
	} {
		t.Run(name, func(t *testing.T) {
			config := oidctest.New(t).Config(audience)
			c.change(&config)
			_, err := oidcauth.New(config)
			var fault *oidcauth.ConfigError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, c.field, fault.Field)
		})
	}
}

// bound returns a service that accepts proofs, and a token that is bound to the key of the holder.
func bound(t testing.TB, options ...option) (service, string) {
	t.Helper()
	s := newService(t, append([]option{withConfig(func(c *oidcauth.Config) { c.PublicURL = publicURL })}, options...)...)
	return s, s.Token(audience, merged(alice, oidctest.Claims{"cnf": obj{"jkt": holderKey().jkt()}}))
}

// proven makes a request with the token and a new proof.
func proven(s service, token, path string, payload obj) *http.Request {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", "DPoP "+token)
	r.Header.Set("DPoP", holderKey().proof(s.Now(), token, nil, obj(merged(oidctest.Claims{"htu": publicURL + path}, oidctest.Claims(payload)))))
	return r
}

// A service below a prefix that a middleware removes sees the path that the client used.
func TestProofBelowAPrefix(t *testing.T) {
	s, token := bound(t)
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	h := http.StripPrefix("/v1", s.auth.Handler(ok))
	require.Equal(t, http.StatusOK, serve(h, proven(s, token, "/v1/orders", nil)).StatusCode)

	behind, token := bound(t, withConfig(func(c *oidcauth.Config) { c.PublicURL = publicURL + "/shop/" })) // a proxy removes /shop
	r := proven(behind, token, "/orders", obj{"htu": publicURL + "/shop/orders?page=2"})
	require.Empty(t, reasonOf(t, behind.auth, r))
	require.Equal(t, reason.ProofOtherRequest, reasonOf(t, behind.auth, proven(behind, token, "/orders", nil)))
}

func TestNonceIsDemandedAndGiven(t *testing.T) {
	s, token := bound(t, withConfig(func(c *oidcauth.Config) { c.DPoP.RequireNonce, c.Response.ExposeHeaders = true, true }))
	h := s.auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	res := serve(h, proven(s, token, "/orders", nil))
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.Contains(t, res.Header.Values("WWW-Authenticate")[1], `error="use_dpop_nonce"`)
	require.Contains(t, res.Header.Get("Access-Control-Expose-Headers"), "DPoP-Nonce")
	nonce := res.Header.Get("DPoP-Nonce")
	require.NotEmpty(t, nonce)
	s.Advance(time.Minute)
	res = serve(h, proven(s, token, "/orders", obj{"nonce": nonce}))
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NotEmpty(t, res.Header.Get("DPoP-Nonce"), "the next nonce")
	s.Advance(6 * time.Minute)
	require.Equal(t, reason.Expired, reasonOf(t, s.auth, proven(s, token, "/orders", obj{"nonce": nonce})))
}

// Exactly one of many requests at once with one proof is accepted, also by replicas that share a store.
func TestOneProofIsAcceptedOnce(t *testing.T) {
	store := &denylist.Memory{}
	sharing := withConfig(func(c *oidcauth.Config) { c.DPoP.Replays = store })
	s, token := bound(t, sharing)
	replica := serviceOf(t, s.Provider, withConfig(func(c *oidcauth.Config) { c.PublicURL = publicURL }), sharing)
	for range 50 {
		r := proven(s, token, "/orders", nil)
		var accepted atomic.Int64
		var all sync.WaitGroup
		for _, auth := range []*oidcauth.Authenticator{s.auth, replica.auth, s.auth, replica.auth} {
			all.Go(func() {
				if _, err := auth.Check(r.Clone(context.Background())); err == nil {
					accepted.Add(1)
				} else if !errors.Is(err, reason.ProofReplayed) {
					accepted.Add(100)
				}
			})
		}
		all.Wait()
		require.Equal(t, int64(1), accepted.Load())
	}
}

func TestExplainingARequestDoesNotUseUpItsProof(t *testing.T) {
	s, token := bound(t)
	r := proven(s, token, "/orders", nil)
	require.True(t, s.auth.ExplainRequest(r).Accepted)
	require.True(t, s.auth.ExplainRequest(r).Accepted)
	require.Empty(t, reasonOf(t, s.auth, r))
	require.Equal(t, reason.ProofReplayed, s.auth.ExplainRequest(r).Reason)
}

// A proof that cannot be stored is not accepted, and no used proof is forgotten.
func TestFullStoreOfProofsRefuses(t *testing.T) {
	store := &denylist.Memory{Entries: 2}
	s, token := bound(t, withConfig(func(c *oidcauth.Config) { store.Now, c.DPoP.Replays = c.Now, store }))
	first := proven(s, token, "/orders", nil)
	require.Empty(t, reasonOf(t, s.auth, first))
	require.Empty(t, reasonOf(t, s.auth, proven(s, token, "/orders", nil)))
	require.Equal(t, reason.ReplayStoreUnavailable, reasonOf(t, s.auth, proven(s, token, "/orders", nil)))
	require.Equal(t, reason.ProofReplayed, reasonOf(t, s.auth, first))
	s.Advance(2*time.Minute + 2*time.Second)
	require.Empty(t, reasonOf(t, s.auth, proven(s, token, "/orders", nil)), "the entries have ended")
	require.Equal(t, reason.ProofClock, reasonOf(t, s.auth, first))
}

func TestPresentedTokenWithAProof(t *testing.T) {
	s, token := bound(t)
	p := oidcauth.Presented{Scheme: "DPoP", Token: token, Method: "POST", Path: "/orders.v1.Orders/List"}
	p.Proofs = []string{holderKey().proof(s.Now(), token, nil, obj{"htm": "POST", "htu": publicURL + p.Path})}
	_, err := s.auth.CheckToken(t.Context(), p)
	require.NoError(t, err)
	_, err = s.auth.CheckToken(t.Context(), p)
	require.ErrorIs(t, err, reason.ProofReplayed)
	require.Contains(t, s.auth.RefuseToken(t.Context(), p, err).Challenges[1], `error="invalid_dpop_proof"`)

	onCert := s.Token(audience, merged(alice, oidctest.Claims{"cnf": obj{"x5t#S256": thumbprintOf(clientCert())}}))
	_, err = s.auth.CheckToken(t.Context(), oidcauth.Presented{Token: onCert, Certificate: clientCert()})
	require.NoError(t, err)
	_, err = s.auth.CheckToken(t.Context(), oidcauth.Presented{Token: onCert, Certificate: otherCert()})
	require.ErrorIs(t, err, reason.ClientCertificateMismatch)
}

// The proof of the request that opened a connection is enough for the connection.
func TestWatchOfABoundToken(t *testing.T) {
	s, token := bound(t)
	r := proven(s, token, "/orders", nil)
	_, err := s.auth.Check(r)
	require.NoError(t, err)
	ctx, cancel := s.auth.Watch(r)
	require.NoError(t, ctx.Err())
	cancel()
	require.NoError(t, s.auth.Revoke(t.Context(), token, ""), "a bound token can be revoked without a proof")
	ctx, cancel = s.auth.Watch(r)
	defer cancel()
	require.ErrorIs(t, context.Cause(ctx), reason.TokenRevoked)
}

// A bound token is never answered from the cache without its proof.
func TestCachedBoundTokenNeedsItsProof(t *testing.T) {
	s, token := bound(t, withConfig(func(c *oidcauth.Config) { c.Users = nil }))
	plain := s.Token(audience, alice)
	for range 3 {
		require.Empty(t, reasonOf(t, s.auth, proven(s, token, "/orders", nil)))
		require.Empty(t, reasonOf(t, s.auth, withHeaders("Bearer "+plain)))
		require.Equal(t, reason.ProofMissing, reasonOf(t, s.auth, withHeaders("Bearer "+token)))
		require.Equal(t, reason.ProofMissing, reasonOf(t, s.auth, withHeaders("DPoP "+token)))
		require.Equal(t, reason.TokenNotBound, reasonOf(t, s.auth, proven(s, plain, "/orders", nil)))
	}
}

// One key must not fill the store for all. A thief who repeats a proof does not use up the share of its holder.
func TestShareOfOneKeyInTheStoreOfProofs(t *testing.T) {
	s, token := bound(t, withConfig(func(c *oidcauth.Config) { c.DPoP.ProofsPerKey = 2 }))
	first := proven(s, token, "/orders", nil)
	require.Empty(t, reasonOf(t, s.auth, first))
	for range 3 {
		require.Equal(t, reason.ProofReplayed, reasonOf(t, s.auth, first))
		require.Equal(t, reason.ProofReplayed, s.auth.ExplainRequest(first).Reason)
	}
	require.Empty(t, reasonOf(t, s.auth, proven(s, token, "/orders", nil)))
	require.Equal(t, reason.ReplayStoreUnavailable, reasonOf(t, s.auth, proven(s, token, "/orders", nil)))

	ofThief := s.Token(audience, merged(alice, oidctest.Claims{"cnf": obj{"jkt": thiefKey().jkt()}}))
	r := withHeaders("DPoP " + ofThief)
	r.Header.Set("DPoP", thiefKey().proof(s.Now(), ofThief, nil, obj{"htu": publicURL + r.URL.Path}))
	require.Empty(t, reasonOf(t, s.auth, r), "another key has its own share")
	s.Advance(2 * time.Minute)
	require.Empty(t, reasonOf(t, s.auth, proven(s, token, "/orders", nil)), "the next period")
}

// A flood of proofs leaves as many entries as the store may have, and does not change verdicts.
func TestFloodOfProofs(t *testing.T) {
	const entries, keys, flood = 500, 4, 2000
	store := &denylist.Memory{Entries: entries}
	now := time.Now()
	s, token := bound(t, withConfig(func(c *oidcauth.Config) {
		c.Now = func() time.Time { return now } // as time passes, a key may use more proofs
		store.Now, c.DPoP.Replays, c.DPoP.ProofsPerKey = c.Now, store, entries/(keys+1)
	}))
	type client struct {
		key   prover
		token string
	}
	var clients []client
	for range keys {
		key := newProver()
		clients = append(clients, client{key, s.Token(audience, merged(alice, oidctest.Claims{"cnf": obj{"jkt": key.jkt()}}))})
	}
	accepted := 0
	for i := range flood {
		c := clients[i%keys]
		r := withHeaders("DPoP " + c.token)
		r.Header.Set("DPoP", c.key.proof(now, c.token, nil, obj{"htu": publicURL + r.URL.Path}))
		switch got := reasonOf(t, s.auth, r); got {
		case "":
			accepted++
		default:
			require.Equal(t, reason.ReplayStoreUnavailable, got)
		}
	}
	require.Equal(t, entries/(keys+1)*keys, accepted)
	kept, _ := store.Len()
	require.Equal(t, accepted, kept)
	first := proven(s, token, "/orders", nil)
	require.Empty(t, reasonOf(t, s.auth, first), "another client is served during the flood")
	require.Equal(t, reason.ProofReplayed, reasonOf(t, s.auth, first))
}

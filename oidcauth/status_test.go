package oidcauth_test

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

func (s service) keys(t *testing.T) oidcauth.KeySourceStatus {
	t.Helper()
	issuers := s.auth.Status().Issuers
	require.Len(t, issuers, 1)
	require.Len(t, issuers[0].KeySources, 1)
	return issuers[0].KeySources[0]
}

func TestStatusOfKeysThroughFetchRotationAndOutage(t *testing.T) {
	s := newService(t, nil)
	before := s.auth.Status()
	require.Equal(t, s.Issuer(), before.Issuers[0].Issuer)
	require.Equal(t, []string{audience}, before.Issuers[0].Audience)
	require.False(t, before.Issuers[0].Ready)
	require.Empty(t, s.keys(t).Keys)
	require.Empty(t, s.keys(t).Hash)
	require.Equal(t, 3, s.keys(t).FetchesLeft)
	require.Zero(t, s.Requests(oidctest.Discovery), "the status fetches nothing")

	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	first := s.keys(t)
	require.True(t, s.auth.Status().Issuers[0].Ready)
	require.Equal(t, "discovered key set of "+s.Issuer(), first.Origin)
	require.Equal(t, "key set "+s.Issuer()+"/jwks", first.Source)
	require.Len(t, first.Keys, 1)
	require.Equal(t, "RSA", first.Keys[0].Type)
	require.Contains(t, first.Keys[0].Algorithms, "RS256")
	require.True(t, first.Keys[0].Valid)
	require.False(t, first.Keys[0].Since.Before(first.Fetched))
	require.Len(t, first.Hash, 16)
	require.Equal(t, 2, first.FetchesLeft)

	s.Advance(time.Minute)
	require.NoError(t, s.Rotate("ES256"))
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	second := s.keys(t)
	require.NotEqual(t, first.Hash, second.Hash)
	require.Len(t, second.Keys, 2)
	since := map[string]time.Time{}
	for _, k := range second.Keys {
		since[k.Type] = k.Since
	}
	require.Equal(t, first.Keys[0].Since, since["RSA"])
	require.True(t, second.Fetched.After(since["RSA"]))
	require.False(t, since["EC"].Before(second.Fetched))

	s.Fail(oidctest.JWKS, oidctest.Fault{Status: 500})
	for range 4 {
		require.Equal(t, reason.KeysUnavailable, s.reason(t, s.Forge(oidctest.Forgery{
			Header: map[string]any{"kid": t.Name() + time.Now().String()}, Claims: oidctest.Claims{"aud": audience},
		})))
	}
	failing := s.keys(t)
	require.Contains(t, failing.Fault, "500")
	require.Equal(t, second.Hash, failing.Hash)
	require.False(t, failing.Stale)
	require.True(t, s.auth.Status().Issuers[0].Ready)
	require.Zero(t, failing.FetchesLeft)
	require.True(t, failing.NextFetch.After(s.Now()))
	require.WithinRange(t, failing.NextFetch, s.Now(), s.Now().Add(10*time.Second))

	s.Advance(25 * time.Hour)
	require.True(t, s.keys(t).Stale)
	require.False(t, s.auth.Status().Issuers[0].Ready)
}

func TestHashOfAKeySetChangesWithItsKeysOnly(t *testing.T) {
	s := newService(t, nil)
	require.NoError(t, s.auth.Ready(t.Context()))
	hash := s.keys(t).Hash
	other := serviceOf(t, s.Provider)
	require.NoError(t, other.auth.Ready(t.Context()))
	require.Equal(t, hash, other.keys(t).Hash)
	require.NoError(t, s.Rotate("RS256"))
	both := serviceOf(t, s.Provider)
	require.NoError(t, both.auth.Ready(t.Context()))
	s.Retire()
	one := serviceOf(t, s.Provider)
	require.NoError(t, one.auth.Ready(t.Context()))
	require.NotContains(t, []string{hash, both.keys(t).Hash}, one.keys(t).Hash)
}

func TestStatusOfRequestsThatWaitForKeys(t *testing.T) {
	s := newService(t, nil)
	s.Fail(oidctest.Discovery, oidctest.Fault{Hang: true})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = s.auth.Check(withHeaders("Bearer " + s.Token(audience, alice)))
	}()
	require.Eventually(t, func() bool { return s.keys(t).Fetching && s.keys(t).Waiting == 1 }, watchdog, time.Millisecond)
	s.Resume()
	<-done
	require.False(t, s.keys(t).Fetching)
	require.Zero(t, s.keys(t).Waiting)
}

// A source of the application may report less, or nothing.
type bareSource struct{ certsource.Source }

type namedSource struct{ certsource.Source }

func (n namedSource) Report() []certsource.Report {
	return []certsource.Report{{Source: "vault", Held: []string{"one"}}}
}

func TestStatusOfEverySource(t *testing.T) {
	good := selfSigned(t, time.Now().Add(24*time.Hour))
	ended := selfSigned(t, time.Now().Add(-time.Hour))
	text := func(c *tls.Certificate) certsource.PEM {
		return certsource.PEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
	}
	wrap := func(as func(certsource.Source) certsource.Source) certsource.Source {
		return certsource.Wrap(text(good), as)
	}
	for name, c := range map[string]struct {
		keys    certsource.Source
		origins []string
		ready   bool
	}{
		"text":                   {text(good), []string{"certificate text"}, true},
		"certificate has ended":  {text(ended), []string{"certificate text"}, false},
		"one of two has ended":   {certsource.Chain(text(ended), text(good)), []string{"certificate text", "certificate text"}, true},
		"source without report":  {wrap(func(s certsource.Source) certsource.Source { return bareSource{s} }), nil, true},
		"source of one name":     {wrap(func(s certsource.Source) certsource.Source { return namedSource{s} }), []string{"vault"}, true},
		"key set, never fetched": {certsource.JWKS{URL: "https://127.0.0.1:1/keys?secret=1"}, []string{"key set https://127.0.0.1:1/keys?…"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, withConfig(func(config *oidcauth.Config) { config.Issuers[0].Keys = c.keys }))
			iss := s.auth.Status().Issuers[0]
			require.Equal(t, c.ready, iss.Ready)
			var origins []string
			for _, source := range iss.KeySources {
				origins = append(origins, source.Origin)
			}
			require.Equal(t, c.origins, origins)
			require.Equal(t, c.ready, s.auth.Ready(t.Context()) == nil, "Ready may fetch, and agrees")
		})
	}
	s := newService(t, withConfig(func(config *oidcauth.Config) { config.Issuers[0].Keys = text(good) }))
	require.WithinDuration(t, time.Now().Add(24*time.Hour), s.keys(t).Keys[0].Until, time.Minute)
}

func TestStatusOfAnIssuerWhoseTokensAreIntrospected(t *testing.T) {
	var client *provider.Client
	s := newService(t, withClient(t, &client), withConfig(func(c *oidcauth.Config) { c.Issuers[0].Introspection.JWTs = true }))
	require.Empty(t, s.reason(t, s.Opaque(audience, alice)))
	s.Fail(oidctest.Introspection, oidctest.Fault{Status: 503, Body: "{}"})
	require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, s.Opaque(audience, alice)))
	iss := s.auth.Status().Issuers[0]
	require.True(t, iss.Ready)
	require.True(t, iss.Keyless)
	require.NotNil(t, iss.Introspection)
	require.Equal(t, client.Stats().Introspection, *iss.Introspection)
	require.EqualValues(t, 2, iss.Introspection.Calls)
	require.EqualValues(t, 1, iss.Introspection.Failures)
	require.Zero(t, iss.UserInfo.Calls)
	require.Nil(t, newService(t).auth.Status().Issuers[0].UserInfo)
}

// inheriting inherits Len from a list that it does not use.
type inheriting struct{ *denylist.Memory }

func TestStatusOfTheDenyList(t *testing.T) {
	s := newService(t, nil)
	require.Equal(t, &oidcauth.DenyListStatus{Limit: denylist.DefaultEntries}, s.auth.Status().DenyList)
	require.NoError(t, s.auth.Revoke(t.Context(), s.Token(audience, alice), ""))
	require.Equal(t, 1, s.auth.Status().DenyList.Entries)
	require.Nil(t, newService(t, withDenyList(inheriting{&denylist.Memory{}})).auth.Status().DenyList)
	require.Equal(t, 7, newService(t, withDenyList(&denylist.Memory{Entries: 7})).auth.Status().DenyList.Limit)
}

// The status contains neither a text that a sender wrote into a token nor a secret.
func TestStatusIsDataWithoutTokensAndSecrets(t *testing.T) {
	var client *provider.Client
	s := newService(t, withClient(t, &client), withConfig(func(c *oidcauth.Config) { c.Users = usermap.NewTable() }))
	token := s.Forge(oidctest.Forgery{Header: map[string]any{"kid": "forged-kid"}, Claims: oidctest.Claims{"aud": audience, "sub": "forged-sub"}})
	opaque := s.Opaque(audience, oidctest.Claims{"sub": "opaque-sub"})
	for _, sent := range []string{token, opaque} {
		require.NotEmpty(t, s.reason(t, sent))
	}
	text, err := json.Marshal(s.auth.Status())
	require.NoError(t, err)
	for _, secret := range []string{"forged", "opaque-", oidctest.ClientSecret, token, opaque} {
		require.NotContains(t, string(text), secret)
	}
	var back oidcauth.Status
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, s.auth.Status().Issuers[0].KeySources[0].Hash, back.Issuers[0].KeySources[0].Hash)
}

func TestStatusDuringRequests(t *testing.T) {
	s := newService(t, nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 50 {
			_ = s.reason(t, s.Token(audience, oidctest.Claims{"jti": time.Now().String()}))
		}
	}()
	for range 50 {
		status := s.auth.Status()
		status.Issuers[0].Audience[0], status.Caches[0].Hits = "changed", 0
		for i := range status.Issuers[0].KeySources {
			clear(status.Issuers[0].KeySources[i].Keys)
		}
	}
	<-done
	require.Equal(t, audience, s.auth.Status().Issuers[0].Audience[0])
	require.NotEmpty(t, s.keys(t).Keys[0].ID)
}

// Ready fetches if it must, and the status tells the same afterwards.
func TestStatusAgreesWithReady(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*oidctest.Provider, *oidcauth.Config)
		ready  bool
	}{
		"discovered":                {nil, true},
		"keys of another algorithm": {func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Algorithms = []string{"ES512"} }, false},
		"templated":                 {templated, true},
		"discovery fails": {func(p *oidctest.Provider, _ *oidcauth.Config) {
			p.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
		}, false},
		"opaque tokens, no key set":      {opaqueAlone, true},
		"JWTs, no key set":               {withoutKeySet, false},
		"opaque tokens, discovery fails": {opaqueAndDown, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, c.change)
			require.Equal(t, c.ready, s.auth.Ready(t.Context()) == nil)
			require.Equal(t, c.ready, s.auth.Status().Issuers[0].Ready)
		})
	}
}

func templated(p *oidctest.Provider, c *oidcauth.Config) {
	c.Issuers[0].URL, c.Issuers[0].Tenants = "https://login.example/{tenantid}", []string{"t"}
	c.Issuers[0].Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
}

func withoutKeySet(p *oidctest.Provider, _ *oidcauth.Config) {
	p.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"` + p.Issuer() + `"}`})
}

func introspecting(p *oidctest.Provider, c *oidcauth.Config) {
	c.Issuers[0].Introspection.Client = must(provider.New(p.ClientConfig()))
}

func opaqueAlone(p *oidctest.Provider, c *oidcauth.Config) {
	introspecting(p, c)
	withoutKeySet(p, c)
}

func opaqueAndDown(p *oidctest.Provider, c *oidcauth.Config) {
	introspecting(p, c)
	p.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
}

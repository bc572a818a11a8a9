package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

const audience = "api://orders"

// running is a service of this package on a socket, and its provider.
type running struct {
	*oidctest.Provider
	t    *testing.T
	auth *oidcauth.Authenticator
	url  string
	n    int // The number of the last token.
}

func run(t *testing.T, configure func(*running, *oidcauth.Config)) *running {
	t.Helper()
	r := &running{Provider: oidctest.New(t), t: t}
	config := r.Config(audience)
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	if configure != nil {
		configure(r, &config)
	}
	auth, handler, err := service(config)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	r.auth, r.url = auth, server.URL
	return r
}

func (r *running) address() string { return strings.TrimPrefix(r.url, "http://") }

// send sends a token, which may be refused.
func (r *running) send(token string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+"/orders", nil)
	require.NoError(r.t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	require.NoError(r.t, resp.Body.Close())
}

// good returns a good token that was not sent before.
func (r *running) good() string {
	r.n++
	return r.Token(audience, oidctest.Claims{"sub": "alice", "jti": fmt.Sprint(r.n)})
}

func (r *running) unknownKey() string {
	r.n++
	return r.Forge(oidctest.Forgery{Header: map[string]any{"kid": fmt.Sprint(r.n)}, Claims: oidctest.Claims{"aud": audience}})
}

func (r *running) introspects(c *oidcauth.Config) {
	client, err := provider.New(r.ClientConfig())
	require.NoError(r.t, err)
	c.Issuers[0].Introspection.Client = client
}

func (r *running) revoke() { _ = r.auth.Revoke(r.t.Context(), r.good(), "") }

// slow finds every user, after two seconds.
func slow(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
	select {
	case <-time.After(2 * time.Second):
	case <-ctx.Done():
	}
	return []usermap.User{{ID: q.Value, Enabled: true}}, nil
}

// ending returns a certificate for ten days.
func ending(t *testing.T) certsource.PEM {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(240 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return certsource.PEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// fault makes an alert fire: once is called before, and repeat until the alert fires.
type fault struct {
	configure    func(*running, *oidcauth.Config)
	once, repeat func(*running)
}

var faults = map[string]fault{
	"OidcauthIssuerNotReady": {once: func(r *running) { r.Close() }},
	"OidcauthUnavailable": {
		once:   func(r *running) { r.Fail(oidctest.Discovery, oidctest.Fault{Status: 500}) },
		repeat: func(r *running) { r.send(r.good()) },
	},
	"OidcauthKeyFetchFails": {once: func(r *running) {
		r.send(r.good())
		r.Fail(oidctest.JWKS, oidctest.Fault{Status: 500})
		r.send(r.unknownKey())
	}},
	"OidcauthKeysTooOld": {once: func(r *running) {
		r.Advance(-13 * time.Hour)
		r.send(r.good())
		r.Fail(oidctest.JWKS, oidctest.Fault{Status: 500})
		r.Advance(13 * time.Hour)
		r.send(r.unknownKey())
	}},
	"OidcauthCallsFail": {
		once:   func(r *running) { r.Fail(oidctest.JWKS, oidctest.Fault{Status: 500}) },
		repeat: func(r *running) { r.Advance(5 * time.Second); r.send(r.good()) },
	},
	"OidcauthEndpointPaused": {configure: (*running).introspects, once: func(r *running) {
		r.Fail(oidctest.Introspection, oidctest.Fault{Status: http.StatusTooManyRequests, Body: "{}"})
		for range 5 {
			r.send(r.Opaque(audience, nil))
		}
	}},
	"OidcauthManyRefusals": {repeat: func(r *running) { r.send(r.Token("other", nil)) }},
	"OidcauthForgedTokens": {repeat: func(r *running) {
		for range 5 {
			r.send(r.good() + "A")
			header, rest, _ := strings.Cut(r.good(), ".")
			_, signature, _ := strings.Cut(rest, ".")
			payload, _, _ := strings.Cut(strings.TrimPrefix(r.good(), header+"."), ".")
			r.send(header + "." + payload + "." + signature)
		}
	}},
	"OidcauthSlowDecisions": {
		configure: func(_ *running, c *oidcauth.Config) { c.Users, c.Cache.Disabled = usermap.FinderFunc(slow), true },
		repeat:    func(r *running) { r.send(r.good()) },
	},
	"OidcauthSlowUserStore": {
		configure: func(_ *running, c *oidcauth.Config) { c.Users = usermap.FinderFunc(slow) },
		repeat:    func(r *running) { r.send(r.good()) },
	},
	"OidcauthDenyListNearlyFull": {
		configure: func(_ *running, c *oidcauth.Config) { c.Revocation.DenyList = &denylist.Memory{Entries: 10} },
		once: func(r *running) {
			for range 9 {
				r.revoke()
			}
		},
	},
	"OidcauthRevocationFails": {
		configure: func(_ *running, c *oidcauth.Config) { c.Revocation.DenyList = &denylist.Memory{Entries: 1} },
		repeat:    (*running).revoke,
	},
	"OidcauthReloadFails": {once: func(r *running) {
		r.auth.Reloaded(r.t.Context(), decision.Reload{Source: "settings.json", Fault: "providers.corp: the member \"issuer\" is missing"})
	}},
	"OidcauthCertificateEnds": {configure: func(r *running, c *oidcauth.Config) {
		c.Issuers[0].Keys = certsource.Chain(ending(r.t), certsource.JWKS{URL: r.Issuer() + string(oidctest.JWKS)})
	}},
}

// Each alert fires for a service with its fault, scraped by a real Prometheus, and none fires for a service that works.
func TestEachAlertFires(t *testing.T) {
	tool(t, "prometheus")
	services, jobs := map[string]*running{}, map[string]string{}
	for name, f := range faults {
		services[name] = run(t, f.configure)
		jobs[name] = services[name].address()
	}
	healthy := run(t, nil)
	healthy.send(healthy.good())
	jobs["healthy"] = healthy.address()
	prometheus := startPrometheus(t, jobs)
	loaded, annotations := prometheus.rules(t)
	for i, name := range loaded {
		require.Contains(t, faults, name, "the alert has no test")
		require.NotEmpty(t, annotations[i]["summary"], name)
		require.NotEmpty(t, annotations[i]["runbook"], name)
	}
	require.Len(t, loaded, len(faults))
	require.Eventually(t, func() bool { return prometheus.series(t, "up == 1") == len(jobs) }, patience, poll)
	for name, f := range faults {
		if f.once != nil {
			f.once(services[name])
		}
	}
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			require.Eventually(t, func() bool {
				if f.repeat != nil {
					f.repeat(services[name])
				}
				healthy.send(healthy.good())
				return slices.Contains(prometheus.firing(t)[name], name)
			}, patience, poll)
		})
	}
	require.Empty(t, prometheus.firing(t)["healthy"])
}

func TestPageListsEveryAlertWithItsRunbook(t *testing.T) {
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	rules, err := os.ReadFile("alerts.yml")
	require.NoError(t, err)
	for name := range faults {
		_, rule, found := strings.Cut(string(rules), "alert: "+name+"\n")
		require.True(t, found, name)
		_, line, _ := strings.Cut(rule, "runbook: ")
		line, _, _ = strings.Cut(line, "\n")
		require.Regexp(t, `\| `+name+` \| .* \| `+regexp.QuoteMeta(line)+` \|`, string(page))
	}
}

//go:build unix

package redisstore_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// newProving returns a replica that accepts DPoP proofs.
func newProving(t *testing.T, p *oidctest.Provider, used denylist.List) *oidcauth.Authenticator {
	t.Helper()
	config := p.Config(audience)
	config.PublicURL, config.DPoP.Replays = "https://api.example.com", used
	config.Logger = slog.New(slog.DiscardHandler)
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	return auth
}

// Two replicas get the same proof at once, 1000 times. Exactly one of them accepts it.
func TestOneProofIsAcceptedByOneReplica(t *testing.T) {
	s, p := newServer(t), oidctest.New(t)
	replicas := []*oidcauth.Authenticator{newProving(t, p, listOn(t, s, patient)), newProving(t, p, listOn(t, s, patient))}
	client := p.NewProver("https://api.example.com")
	token := client.Token(audience, oidctest.Claims{"sub": "alice"})
	for range 1000 {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/orders", nil)
		client.Prove(r, token, nil)
		errs := make([]error, len(replicas))
		var both sync.WaitGroup
		for i, auth := range replicas {
			both.Go(func() { _, errs[i] = auth.Check(r.Clone(r.Context())) })
		}
		both.Wait()
		refused := errors.Join(errs...)
		require.ErrorIs(t, refused, reason.ProofReplayed)
		require.True(t, errs[0] == nil || errs[1] == nil, "one of them accepts it: %v", refused)
	}
}

// While Redis does not answer, or is down, no proof is accepted.
func TestProofWhileRedisIsDown(t *testing.T) {
	s, p := newServer(t), oidctest.New(t)
	auth := newProving(t, p, listOn(t, s, again))
	client := p.NewProver("https://api.example.com")
	check := func() error {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/orders", nil)
		client.Prove(r, client.Token(audience, oidctest.Claims{"sub": "alice"}), nil)
		_, err := auth.Check(r)
		return err
	}
	s.hang(t)
	require.ErrorIs(t, check(), reason.ReplayStoreUnavailable)
	s.resume(t)
	s.kill()
	require.ErrorIs(t, check(), reason.ReplayStoreUnavailable)
}

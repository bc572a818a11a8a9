package soak

import (
	"context"
	"flag"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
	"github.com/knownbearer/knownbearer/oidcauth"
)

var rotating = flag.Duration("rotation", 0, "how long to send requests while keys rotate, at least a round; 0: not at all")

const (
	perSecond = 200
	// The attackers take every place where a request may wait for a fetch, which a few who wait for each answer would not;
	// without a pace, they would leave the others nothing of a small machine.
	floodPerSecond = 300
	answering      = 300 * time.Millisecond // of the provider

	waiting = 900  // at a time; the service lets 1000 wait for a fetch
	plenty  = 2000 // more than are ever under way

	// These are the service's default bounds.
	burst    = 3
	interval = 5 * time.Second
)

// While keys rotate, no valid request is refused, unless its key was published too late; then until the next fetch. With
// attackers who name unknown kids, every new key may have to wait for the next fetch that is allowed; who has one that is
// held notices nothing. What a service may not know yet goes by the answers that its provider gave, not by time.
func TestRotation(t *testing.T) {
	if *rotating == 0 {
		t.Skip("runs with: go test -race -count=1 -v ./internal/test/soak -args -rotation=35s")
	}
	late := func(u *turn) bool { return u.steps > 0 }
	always := func(*turn) bool { return true }
	for _, phase := range []struct {
		name    string
		flood   int
		atMost  int
		excused func(*turn) bool
	}{
		{"alone", 0, waiting, late},
		{"flooded", floodPerSecond, plenty, always},
	} {
		t.Run(phase.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			p := newIDP(t, 1, answering)
			l := newTraffic(t, p, phase.excused)
			require.Empty(t, l.ask(p.sign(t, map[string]any{"kid": l.turns.used(0).kid}, nil, l.turns.used(0).key)))

			ctx, cancel := context.WithCancel(context.Background())
			var all sync.WaitGroup
			all.Go(func() { paced(ctx, perSecond, phase.atMost, l.valid) })
			if phase.flood > 0 {
				all.Go(func() { paced(ctx, phase.flood, plenty, l.forged) })
			}
			l.turns.run(max(int(*rotating/step), (len(publications)+1)*period))
			cancel()
			all.Wait()

			sets, _ := p.asked("")
			elapsed := time.Since(began)
			t.Logf("%v: %d fetches, longest %v", elapsed, sets, l.longest)
			l.log(phase.name)
			for n, u := range l.turns.over() {
				fetches := l.turns.fetches(n)
				t.Logf("%s, %s: %d fetches, %d served, %d refused, first served after %v", u.kid, u.name, fetches, u.served, u.refused, u.lag)
				assert.Positive(t, u.served, "was seen")
				if phase.flood == 0 {
					assert.LessOrEqual(t, fetches, u.publication.fetches, "are shared")
				}
			}
			require.Empty(t, l.faults)
			require.LessOrEqual(t, sets, burst+int(elapsed/interval)+1)
		})
	}
}

func newTraffic(t *testing.T, p *idp, excused func(*turn) bool) *traffic {
	t.Helper()
	var asking, sending dialer
	toProvider, toService := client(&asking), client(&sending)
	keys, err := keybind.Bind(certsource.Discovered{}, keybind.Binding{Issuer: p.URL, HTTPClient: toProvider})
	require.NoError(t, err)
	s := serve(t, oidcauth.Config{
		Issuers:    []oidcauth.Issuer{{URL: p.URL, Audience: []string{"soak"}, Keys: keys}},
		HTTPClient: toProvider, Response: oidcauth.Response{Refuse: tell},
	})
	t.Cleanup(toService.CloseIdleConnections)
	return &traffic{
		t: t, turns: newTurns(p), keys: keys, url: s.URL, client: toService, excused: excused,
		said: map[string]int{}, faults: map[string]int{}, longest: map[bool]time.Duration{},
	}
}

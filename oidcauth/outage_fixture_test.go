package oidcauth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	interval = 5 * time.Second // the time between fetches after the burst
	watchdog = 30 * time.Second
)

// survivor is a socketed provider and the authenticator that trusts it.
type survivor struct {
	*socketed
	auth *oidcauth.Authenticator
	jti  int
}

func newSurvivor(t *testing.T) *survivor {
	t.Helper()
	p := newSocketed(t)
	return &survivor{socketed: p, auth: p.start(t)}
}

func (s *survivor) ask(t *testing.T, token string) reason.Reason {
	t.Helper()
	return reasonOf(t, s.auth, withHeaders("Bearer "+token))
}

// fresh returns a new good token of the first key.
func (s *survivor) fresh(oid bool) string {
	s.jti++
	return s.token("k1", es256(), oid, string(rune('ℵ'+s.jti)))
}

// askOf sends a token while an endpoint fails. While the fetch runs, it calls meanwhile.
func (s *survivor) askOf(t *testing.T, f fault, token string, meanwhile func()) reason.Reason {
	t.Helper()
	if !f.waits {
		meanwhile()
		return s.ask(t, token)
	}
	said := make(chan reason.Reason, 1)
	for end := time.Now().Add(watchdog); time.Now().Before(end); {
		go func() { said <- reasonOf(t, s.auth, withHeaders("Bearer "+token)) }()
		select {
		case <-said: // the request shared an earlier fetch
			continue
		case <-s.arrived:
		}
		meanwhile()
		s.let <- struct{}{}
		return s.ends(t, said)
	}
	require.Fail(t, "nothing was fetched")
	return ""
}

// behind calls ask until a fetch has started in the background, and once more while it runs. Each call must succeed at once.
func (s *survivor) behind(t *testing.T, f fault, ask func()) {
	t.Helper()
	ask()
	if !f.waits {
		return
	}
	for end := time.Now().Add(watchdog); time.Now().Before(end); ask() {
		select {
		case <-s.arrived:
			ask()
			s.let <- struct{}{}
			return
		default:
		}
	}
	require.Fail(t, "nothing was fetched")
}

// requireRecovery requires that the token is accepted at once. If the request shares a failed fetch, the next request must be
// accepted.
func (s *survivor) requireRecovery(t *testing.T, host, token string) {
	t.Helper()
	s.mend(host)
	s.advance(interval)
	require.Eventually(t, func() bool { return s.ask(t, token) == "" }, watchdog, time.Millisecond, "recovered within the interval, without a restart")
}

// ends waits for a verdict. It releases further fetches, because a verdict may need more than one endpoint.
func (s *survivor) ends(t *testing.T, said <-chan reason.Reason) reason.Reason {
	t.Helper()
	giveUp := time.After(watchdog)
	for {
		select {
		case reason := <-said:
			return reason
		case <-s.arrived:
			s.let <- struct{}{}
		case <-giveUp:
			require.Fail(t, "the request hangs")
		}
	}
}

// requireNothingOpen requires that no connection is open, because each failure would leave one open.
func (s *survivor) requireNothingOpen(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.client.CloseIdleConnections()
		return s.open.Load() == 0
	}, watchdog, time.Millisecond)
}

func eachFault(t *testing.T, test func(t *testing.T, s *survivor, f fault)) {
	run(t, faults(), test)
}

func run(t *testing.T, faults []fault, test func(t *testing.T, s *survivor, f fault)) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			s := newSurvivor(t)
			test(t, s, f)
			s.requireNothingOpen(t)
		})
	}
}

func nothing() {}

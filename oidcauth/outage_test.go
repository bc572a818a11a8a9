package oidcauth_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestStartDuringAnOutageRecovers(t *testing.T) {
	for _, host := range []string{discoveryHost, keysHost} {
		t.Run(host, func(t *testing.T) {
			eachFault(t, func(t *testing.T, s *survivor, f fault) {
				s.fail(host, f)
				require.Equal(t, reason.KeysUnavailable, s.askOf(t, f, s.fresh(true), nothing))
				s.requireRecovery(t, host, s.fresh(true))
			})
		})
	}
}

func TestKeyEndpointOutageRecovers(t *testing.T) {
	eachFault(t, func(t *testing.T, s *survivor, f fault) {
		known := func() { require.Empty(t, s.ask(t, s.fresh(true)), "a known key waits for no fetch") }
		known()
		s.fail(keysHost, f)
		s.publish(jwkOf("k1", "", es256().public), jwkOf("k2", "", edDSA().public))
		unknown := s.token("k2", edDSA(), true, "")
		require.Equal(t, reason.KeysUnavailable, s.askOf(t, f, unknown, known), "it is unknown whether k2 is one of the provider's")

		s.advance(10*time.Minute + 1) // after this time, a request starts a fetch in the background
		s.behind(t, f, known)
		s.advance(24*time.Hour - 10*time.Minute - 1)
		s.behind(t, f, known)
		s.advance(1)
		require.Equal(t, reason.KeysUnavailable, s.askOf(t, f, s.fresh(true), nothing), "keys older than a day verify no token")

		s.requireRecovery(t, keysHost, unknown)
	})
}

// While discovery fails, the known URL of the keys is used, so a rotation is still detected.
func TestDiscoveryOutageRecovers(t *testing.T) {
	eachFault(t, func(t *testing.T, s *survivor, f fault) {
		known := func() { require.Empty(t, s.ask(t, s.fresh(true)), "a known key waits for no fetch") }
		known()
		s.fail(discoveryHost, f)
		s.publish(jwkOf("k2", "", edDSA().public))
		s.advance(time.Hour - 1)
		require.Empty(t, s.ask(t, s.token("k2", edDSA(), true, "")), "discovery is not asked within the hour")
		s.publish(jwkOf("k1", "", es256().public))
		s.advance(2)
		require.Empty(t, s.askOf(t, f, s.fresh(true), nothing))
	})
}

func TestUserInfoOutageRecovers(t *testing.T) {
	eachFault(t, func(t *testing.T, s *survivor, f fault) {
		s.fail(userInfoHost, f)
		require.Equal(t, reason.UserInfoUnavailable, s.askOf(t, f, s.fresh(false), func() {
			require.Empty(t, s.ask(t, s.fresh(true)), "a token that has every claim waits for no fetch")
		}), "at start-up")
		s.mend(userInfoHost)
		asked := s.fresh(false)
		require.Empty(t, s.ask(t, asked), "a failure is not remembered")

		s.fail(userInfoHost, f)
		require.Equal(t, reason.UserInfoUnavailable, s.askOf(t, f, s.fresh(false), func() {
			require.Empty(t, s.ask(t, asked), "an answer that is held serves")
		}))
		s.mend(userInfoHost)
		require.Empty(t, s.ask(t, s.fresh(false)), "recovered without a restart")
	})
}

// UserInfo's client discovers UserInfo's URL in the same way as the keys' client discovers theirs.
func TestOutageOfUserInfosDiscoveryRecovers(t *testing.T) {
	some := slices.DeleteFunc(faults(), func(f fault) bool {
		return !slices.Contains([]string{"connection refused", "hangs", "drips", "gzip bomb"}, f.name)
	})
	run(t, some, func(t *testing.T, s *survivor, f fault) {
		require.Empty(t, s.ask(t, s.fresh(true)), "keys")
		s.fail(discoveryHost, f)
		require.Equal(t, reason.UserInfoUnavailable, s.askOf(t, f, s.fresh(false), func() { require.Empty(t, s.ask(t, s.fresh(true))) }))
		s.requireRecovery(t, discoveryHost, s.fresh(false))
	})
}

func TestHarmlessFaultsRefuseNoToken(t *testing.T) {
	for _, host := range []string{discoveryHost, keysHost, userInfoHost} {
		for _, f := range harmless() {
			t.Run(host+" "+f.name, func(t *testing.T) {
				s := newSurvivor(t)
				s.fail(host, f)
				var want reason.Reason
				if host == userInfoHost && f.name == "redirect within the host" {
					want = reason.UserInfoUnavailable // a request with a token follows no redirect
				}
				require.Equal(t, want, s.ask(t, s.fresh(host != userInfoHost)))
			})
		}
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func live() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// After many repetitions of every failure, the number of goroutines and connections and the memory are unchanged.
func TestOutageLeavesNothingBehind(t *testing.T) {
	s := newSurvivor(t)
	round := func() {
		for i, f := range faults() {
			host := []string{keysHost, userInfoHost}[i%2]
			s.fail(host, f)
			s.advance(25 * time.Hour) // all cached keys are too old
			token, before := s.fresh(host != userInfoHost), allocated()
			require.NotEmpty(t, s.askOf(t, f, token, nothing), f.name)
			require.Less(t, allocated()-before, uint64(24<<20), "far more was read of %s than the limit", f.name)
			s.requireRecovery(t, host, s.fresh(true))
		}
		s.requireNothingOpen(t)
	}
	round()
	goroutines, before := runtime.NumGoroutine(), live()
	round()
	// require.Eventually would count its own goroutine.
	for end := time.Now().Add(watchdog); runtime.NumGoroutine() > goroutines && time.Now().Before(end); {
		runtime.Gosched()
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
	require.Less(t, live(), before+2<<20)
}

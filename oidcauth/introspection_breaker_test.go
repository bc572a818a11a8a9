package oidcauth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// flawed is an introspection endpoint that fails for tokens that begin with "bad". While it is down, it fails for every token.
type flawed struct {
	*httptest.Server
	client    *provider.Client
	breakdown func(http.ResponseWriter)
	down      atomic.Bool
	asked     atomic.Int64
}

func (f *flawed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked.Add(1)
	switch {
	case f.down.Load():
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusServiceUnavailable)
	case strings.HasPrefix(r.PostFormValue("token"), "bad"):
		f.breakdown(w)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"active":true,"sub":"alice","aud":%q}`, audience)
	}
}

func answers500(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }

// answers502 answers as a gateway does if the provider drops the connection; Envoy answers 503.
func answers502(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }
func answers503(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }

func drops(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// breaksOff announces a longer body than it sends.
func breaksOff(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "100")
	_, _ = w.Write([]byte(`{"active":`))
	drops(w)
}

var breakdowns = map[string]func(http.ResponseWriter){
	"500": answers500, "502": answers502, "503": answers503, "dropped connection": drops, "broken answer": breaksOff,
}

func newFlawed(t *testing.T, breakdown func(http.ResponseWriter)) *flawed {
	t.Helper()
	f := &flawed{breakdown: breakdown}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// withEndpoint introspects at the endpoint.
func withEndpoint(t *testing.T, f *flawed) option {
	return func(p *oidctest.Provider, c *oidcauth.Config) {
		var err error
		f.client, err = provider.New(provider.Config{IntrospectionURL: f.URL, ClientID: "api", Now: p.Now})
		require.NoError(t, err)
		c.Issuers[0].Introspection.Client = f.client
	}
}

// pace is the time between two requests of a sender that sends 50 requests a second.
const pace = 20 * time.Millisecond

// The provider fails for the tokens of one sender. The tokens of other users are accepted nevertheless.
func TestTokensForWhichTheProviderFailsCauseNoRefusalsOfOthers(t *testing.T) {
	for how, breakdown := range breakdowns {
		for _, distinct := range []int{1, 3, 1000} {
			t.Run(fmt.Sprint(how, " of ", distinct), func(t *testing.T) {
				f := newFlawed(t, breakdown)
				s := newService(t, withEndpoint(t, f))
				for i := range 1000 {
					s.Advance(pace)
					require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, fmt.Sprint("bad-", i%distinct)))
					if i%10 == 9 {
						require.Empty(t, s.reason(t, fmt.Sprint("good-", i)), "after %d bad requests", i+1)
					}
				}
				if distinct == 1 {
					require.Less(t, f.asked.Load(), int64(150), "the provider is not asked about one bad token all the time")
				}
			})
		}
	}
}

// After an outage, good tokens are accepted although the attack continues.
func TestTokensForWhichTheProviderFailsDoNotProlongAnOutage(t *testing.T) {
	for how, breakdown := range breakdowns {
		for _, distinct := range []int{1, 1000} {
			t.Run(fmt.Sprint(how, " of ", distinct), func(t *testing.T) {
				f := newFlawed(t, breakdown)
				s := newService(t, withEndpoint(t, f))
				bad := 0
				attack := func(times int) {
					for range times {
						s.Advance(pace)
						require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, fmt.Sprint("bad-", bad%distinct)))
						bad++
					}
				}
				attack(100)
				f.down.Store(true)
				for i := range 5 {
					attack(1)
					require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, fmt.Sprint("early-", i)))
				}
				attack(100)
				require.True(t, f.client.Stats().Introspection.Open)
				f.down.Store(false)
				attack(int(5 * time.Second / pace)) // the pause is over
				for i := range 10 {
					attack(10)
					require.Empty(t, s.reason(t, fmt.Sprint("good-", i)))
				}
			})
		}
	}
}

// Many such senders at once do not cause refusals of other users either.
func TestManySendersOfBadTokensCauseNoRefusalsOfOthers(t *testing.T) {
	s := newService(t, withEndpoint(t, newFlawed(t, drops)))
	var senders sync.WaitGroup
	for sender := range 8 {
		senders.Go(func() {
			for i := range 100 {
				_, err := s.auth.Check(withHeaders(fmt.Sprintf("Bearer bad-%d-%d", sender, i)))
				assert.Error(t, err)
			}
		})
	}
	for i := range 100 {
		require.Empty(t, s.reason(t, fmt.Sprint("good-", i)))
	}
	senders.Wait()
}

package soak

import (
	"context"
	"flag"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

var duration = flag.Duration("soak", 0, "how long to send requests; 0: not at all")

const (
	speed   = 60 // of the clock of provider and service
	round   = 5 * time.Second
	workers = 16
	few     = 3 // goroutines that come and go; what leaks, leaks by the hundred
)

// dialer counts the connections that it has open.
type dialer struct {
	net.Dialer
	open atomic.Int64
}

type conn struct {
	net.Conn
	once   sync.Once
	closed func()
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.open.Add(1)
	return &conn{Conn: c, closed: func() { d.open.Add(-1) }}, nil
}

func (c *conn) Close() error {
	c.once.Do(c.closed)
	return c.Conn.Close()
}

func client(d *dialer) *http.Client {
	t := fetch.NewTransport()
	t.DialContext, t.MaxIdleConnsPerHost = d.dial, workers
	return &http.Client{Transport: t}
}

// service is a handler behind an authenticator with caches that are full after a while.
func service(t *testing.T, p *idp, asking *http.Client) *httptest.Server {
	t.Helper()
	info, err := provider.New(provider.Config{Issuer: p.URL, HTTPClient: asking, Now: p.now})
	require.NoError(t, err)
	return serve(t, oidcauth.Config{
		Issuers: []oidcauth.Issuer{{
			URL: p.URL, Audience: []string{"soak"}, Claims: oidcauth.ClaimRules{UserInfo: info, Required: []claims.Path{claims.Name("oid")}},
			// Waiting for a turn goes by the machine's clock, which is slow here.
			Keys: certsource.Discovered{Refresh: certsource.Refresh{Wait: 100 * time.Millisecond}},
		}},
		Users:      usermap.NewTable(usermap.Entry{Value: "alice", User: usermap.User{ID: "1", Enabled: true}}),
		Cache:      oidcauth.Cache{Entries: 500, Bytes: 2 << 20},
		HTTPClient: asking, Now: p.now,
	})
}

// serve is a server whose handler is behind an authenticator.
func serve(t *testing.T, c oidcauth.Config) *httptest.Server {
	t.Helper()
	c.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil))
	auth, err := oidcauth.New(c)
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// state is what must not grow.
type state struct {
	goroutines int
	heap       uint64
}

func measure() state {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return state{runtime.NumGoroutine(), m.HeapAlloc}
}

func TestSoak(t *testing.T) {
	if *duration == 0 {
		t.Skip("runs with: go test -race -count=1 -v ./internal/test/soak -args -soak=30s")
	}
	p := newIDP(t, speed, 0)
	var asking, sending dialer
	toProvider, toService := client(&asking), client(&sending)
	s := service(t, p, toProvider)
	l := &load{t: t, idp: p, url: s.URL, client: toService, said: map[string]map[int]int{}}

	for _, k := range kinds {
		l.ask(k, false)
	}
	var first, last state
	for end, n := time.Now().Add(*duration), 0; n < 2 || time.Now().Before(end); n++ {
		stirred(p, func(ctx context.Context) { l.run(ctx, workers) })
		last = settled(t, func() bool {
			toProvider.CloseIdleConnections()
			toService.CloseIdleConnections()
			return asking.open.Load() == 0 && sending.open.Load() == 0
		}, first)
		t.Logf("round %d: %d requests, %d fetches, %d goroutines, %d KiB of heap", n, l.requests(), p.fetches.Load(), last.goroutines, last.heap>>10)
		if n == 0 {
			first = last // caches are full, lazily made things made
		}
		require.Eventually(t, func() bool { return l.ask(kinds[0], false) == http.StatusOK }, 30*time.Second, 10*time.Millisecond, "recovered")
	}
	for _, k := range kinds {
		t.Logf("%-18s %v", k.name, l.said[k.name])
		if k.statuses[0] != tooLarge { // the connection may end before the answer is read
			require.Positive(t, l.said[k.name][k.statuses[0]], "each kind had the answer that is meant for it")
		}
	}
	require.LessOrEqual(t, last.goroutines, first.goroutines+few)
	require.Less(t, last.heap, first.heap+4<<20)
}

// stirred lets the provider rotate and fail for a round of requests; at its end, it is well.
func stirred(p *idp, requests func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), round)
	defer cancel()
	var stirring sync.WaitGroup
	stirring.Go(func() {
		tick := time.NewTicker(round / 30)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				p.fail(none)
				return
			case <-tick.C:
			}
			switch n % 3 {
			case 0:
				p.rotate()
			case 1:
				p.fail(none + 1 + outage(n/3)%(outages-1))
			case 2:
				p.fail(none)
			}
		}
	})
	requests(ctx)
	stirring.Wait()
}

// settled waits until connections are closed and goroutines are as few as they were, within reason.
func settled(t *testing.T, closed func() bool, before state) state {
	t.Helper()
	require.Eventually(t, func() bool {
		return closed() && (before.goroutines == 0 || runtime.NumGoroutine() <= before.goroutines+few)
	}, 30*time.Second, 10*time.Millisecond, "connections stay open, or goroutines go on")
	return measure()
}

func (l *load) requests() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, by := range l.said {
		for _, count := range by {
			n += count
		}
	}
	return n
}

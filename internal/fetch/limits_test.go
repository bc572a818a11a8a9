package fetch_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/test/bubble"
)

// The bound counts what else there is in the header, and what the reader has buffered by then.
func TestResponseHeadersAreBounded(t *testing.T) {
	for size, good := range map[int]bool{60 << 10: true, 72 << 10: false} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", size))
		}))
		transport := fetch.NewTransport()
		_, err := fetch.NewClient(&http.Client{Transport: transport}).Get(t.Context(), s.URL, 0, nil)
		require.Equal(t, good, err == nil, size)
		transport.CloseIdleConnections()
		s.Close()
	}
}

// slow answers at once, and sends its body after a while.
type slow struct{ header, body time.Duration }

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := pause(r.Context(), s.header); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: &slowBody{r.Context(), s.body}}, nil
}

type slowBody struct {
	ctx  context.Context
	wait time.Duration
}

func (b *slowBody) Read([]byte) (int, error) {
	if err := pause(b.ctx, b.wait); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

func (*slowBody) Close() error { return nil }

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// A request takes at most 5 s in virtual time, whether its answer is late or slow, and less if its client says so.
func TestTimeIsBounded(t *testing.T) {
	const short = time.Millisecond
	for name, c := range map[string]struct {
		slow
		own  time.Duration
		good bool
	}{
		"in time":                  {slow{fetch.Timeout - short, 0}, 0, true},
		"late":                     {slow{fetch.Timeout + short, 0}, 0, false},
		"slow":                     {slow{0, fetch.Timeout + short}, 0, false},
		"both together":            {slow{fetch.Timeout / 2, fetch.Timeout/2 + short}, 0, false},
		"a client that has longer": {slow{0, fetch.Timeout + short}, time.Hour, false},
		"a client that has less":   {slow{0, time.Second + short}, time.Second, false},
		"within what it has":       {slow{0, time.Second - short}, time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := fetch.NewClient(&http.Client{Transport: c.slow, Timeout: c.own}).Get(t.Context(), "https://a.example", 0, nil)
				require.Equal(t, c.good, err == nil, err)
			})
		})
	}
}

// A flight of several requests takes at most 10 s. Its callers return with it.
func TestTimeOfAFlightIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := fetch.NewHeld(func(ctx context.Context) (int, error) { return 7, pause(ctx, 10*time.Second-1) }, impatient, time.Now)
		require.NoError(t, h.Refresh(t.Context()))
		h = fetch.NewHeld(func(ctx context.Context) (int, error) { return 7, pause(ctx, 10*time.Second+1) }, impatient, time.Now)
		require.ErrorIs(t, h.Refresh(t.Context()), context.DeadlineExceeded)
	})
}

// Renew reports whether loading began after the call. It begins when the flight's turn has come.
func TestRenewTellsWhetherLoadingBeganAfterTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		policy := fetch.Policy{Interval: 2 * time.Second, Burst: 1}
		h := fetch.NewHeld(func(ctx context.Context) (int, error) { return 7, pause(ctx, time.Second) }, policy, time.Now)
		renew := func() chan bool {
			out := make(chan bool, 1)
			go func() {
				fresh, err := h.Renew(context.Background(), func() bool { return true })
				out <- fresh && err == nil
			}()
			synctest.Wait()
			return out
		}
		first, joined := renew(), renew()
		require.True(t, <-first)
		require.False(t, <-joined)
		next, early := renew(), renew() // wait a second for their turn
		bubble.Advance(time.Second + 1)
		late := renew()
		require.True(t, <-next)
		require.True(t, <-early)
		require.False(t, <-late)
	})
}

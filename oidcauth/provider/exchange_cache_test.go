package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Unix(1_800_000_000, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *clock) set(config *provider.Config) { config.Now = c.now }

func TestExchangedTokensAreKeptForEachSubjectAndTarget(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", exchanged)
	at := newClock()
	client := e.client(t, at.set)
	exchange := func(subject string, r provider.ExchangeRequest) {
		t.Helper()
		r.Expires = at.now().Add(time.Hour)
		_, err := client.Exchange(t.Context(), subject, r)
		require.NoError(t, err)
	}
	different := []provider.ExchangeRequest{
		{},
		{TokenRequest: provider.TokenRequest{Audience: "stock"}},
		{TokenRequest: provider.TokenRequest{Scopes: []string{"stock"}}},
		{TokenRequest: provider.TokenRequest{Resources: []string{"https://stock.example"}}},
		{SubjectTokenType: provider.JWTType},
		{ActorToken: "actor"},
		{RequestedTokenType: provider.JWTType},
	}
	for range 2 {
		for i, r := range different {
			exchange("alice", r)
			exchange("bob", r)
			require.LessOrEqual(t, len(e.all()), 2*len(different), i)
		}
		require.Len(t, e.all(), 2*len(different))
	}
	_, err := client.OnBehalfOf(t.Context(), "alice", at.now().Add(time.Hour), "stock")
	require.NoError(t, err)
	require.Len(t, e.all(), 2*len(different)+1, "the dialects are apart")
	assert.Equal(t, uint64(2*len(different)+1), client.Stats().Exchange.Calls)
}

// A kept token ends with the subject, and before it expires itself.
func TestEndOfKeptTokens(t *testing.T) {
	for name, c := range map[string]struct {
		expiresIn    string
		expires      time.Duration // Of the subject. 0 means that it is not said.
		kept, gone   time.Duration
		neverOrNever bool
	}{
		"subject ends first":     {expiresIn: "3600", expires: time.Minute, kept: time.Minute - 1, gone: time.Minute},
		"answer ends first":      {expiresIn: "3600", expires: 2 * time.Hour, kept: time.Hour - 11*time.Second, gone: time.Hour - 10*time.Second},
		"answer says no end":     {expiresIn: "null", expires: time.Hour, kept: time.Minute - 1, gone: time.Minute},
		"answer is about to end": {expiresIn: "10", expires: time.Hour, neverOrNever: true},
		"subject says no end":    {expiresIn: "3600", neverOrNever: true},
		"subject has ended":      {expiresIn: "3600", expires: -time.Second, neverOrNever: true},
	} {
		t.Run(name, func(t *testing.T) {
			e := answering(t, http.StatusOK, "application/json", strings.Replace(exchanged, "3600", c.expiresIn, 1))
			at := newClock()
			client := e.client(t, at.set)
			var r provider.ExchangeRequest
			if c.expires != 0 {
				r.Expires = at.now().Add(c.expires)
			}
			calls := func() int {
				_, err := client.Exchange(t.Context(), "subject", r)
				require.NoError(t, err)
				return len(e.all())
			}
			require.Equal(t, 1, calls())
			if c.neverOrNever {
				require.Equal(t, 2, calls())
				return
			}
			at.advance(c.kept)
			require.Equal(t, 1, calls())
			at.advance(c.gone - c.kept)
			require.Equal(t, 2, calls())
		})
	}
}

func TestConcurrentCallersShareOneExchange(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", exchanged)
	client := e.client(t, nil)
	r := provider.ExchangeRequest{Expires: time.Now().Add(time.Hour)}
	e.mu.Lock() // The answer waits.
	left, leave := context.WithCancel(t.Context())
	leave()
	_, err := client.Exchange(left, "subject", r)
	require.ErrorIs(t, err, context.Canceled)
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			token, err := client.Exchange(t.Context(), "subject", r)
			if assert.NoError(t, err) {
				token.AccessToken = "changed by its owner"
			}
		})
	}
	e.mu.Unlock()
	callers.Wait()
	token, err := client.Exchange(t.Context(), "subject", r)
	require.NoError(t, err)
	require.Equal(t, "for-stock", token.AccessToken)
	require.Len(t, e.all(), 1)
}

// A refusal is kept shortly, so that a client that repeats its request does not repeat that to the provider. Other
// errors are not kept, but the breaker pauses the subject that failed.
func TestErrorsOfExchangesAreNotKeptForLong(t *testing.T) {
	e := answering(t, http.StatusBadRequest, "application/json", `{"error":"interaction_required"}`)
	at := newClock()
	client := e.client(t, at.set)
	expires := at.now().Add(time.Hour)
	exchange := func() error {
		_, err := client.Exchange(t.Context(), "subject", provider.ExchangeRequest{Expires: expires})
		return err
	}
	var refused *provider.ExchangeError
	require.ErrorAs(t, exchange(), &refused)
	e.answer(http.StatusOK, "application/json", exchanged)
	at.advance(10*time.Second - 1)
	require.ErrorAs(t, exchange(), &refused)
	require.Len(t, e.all(), 1)
	at.advance(1)
	require.NoError(t, exchange())

	e.answer(http.StatusServiceUnavailable, "text/plain", "the-token")
	for i := range 5 {
		_, err := client.Exchange(t.Context(), fmt.Sprint("another", i), provider.ExchangeRequest{Expires: at.now().Add(time.Hour)})
		require.Error(t, err)
		require.NotErrorAs(t, err, &refused)
		_, err = client.Exchange(t.Context(), fmt.Sprint("another", i), provider.ExchangeRequest{Expires: at.now().Add(time.Hour)})
		require.ErrorIs(t, err, provider.ErrPaused)
	}
	require.NoError(t, exchange(), "a kept token is of use while the endpoint fails")
	e.answer(http.StatusTooManyRequests, "text/plain", "")
	for i := range 5 {
		_, err := client.Exchange(t.Context(), fmt.Sprint("third", i), provider.ExchangeRequest{})
		require.NotErrorIs(t, err, provider.ErrPaused)
	}
	_, err := client.Exchange(t.Context(), "fourth", provider.ExchangeRequest{})
	require.ErrorIs(t, err, provider.ErrPaused)
	require.True(t, client.Stats().Exchange.Open)
	require.False(t, client.Stats().Introspection.Open)
}

// Large tokens of many subjects push each other out.
func TestExchangedTokensAreBounded(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", strings.Replace(exchanged, "for-stock", strings.Repeat("x", 60<<10), 1))
	client := e.client(t, nil)
	r := provider.ExchangeRequest{Expires: time.Now().Add(time.Hour)}
	const subjects = 200 // 180 KiB each, of 32 MiB.
	for range 2 {
		for i := range subjects {
			_, err := client.Exchange(t.Context(), fmt.Sprint("subject", i), r)
			require.NoError(t, err)
		}
	}
	require.Greater(t, len(e.all()), subjects)
	asked := len(e.all())
	for range 2 {
		_, err := client.Exchange(t.Context(), "last", r)
		require.NoError(t, err)
	}
	require.Len(t, e.all(), asked+1, "a new one is kept")
}

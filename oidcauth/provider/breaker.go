package provider

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/knownbearer/knownbearer/internal/circuit"
	"github.com/knownbearer/knownbearer/internal/fetch"
)

var (
	// ErrBusy reports that too many calls to the endpoint run, and too many wait.
	ErrBusy = errors.New("provider: too many calls to the endpoint are running and waiting")
	// ErrPaused reports that the endpoint was not called: it was down for five tokens in a row less than 5 s ago or is
	// tried again with other tokens, or it failed for this token less than 2 s ago.
	ErrPaused = errors.New("provider: not called, because the endpoint keeps failing")

	errResting = fmt.Errorf("%w for this token", ErrPaused)
)

// EndpointStats holds the counters of one endpoint, for metrics. They count from the start of the client.
type EndpointStats struct {
	// Calls counts the requests that were sent. Failures counts those of them that got no whole answer, or status 429
	// or 5xx.
	Calls    uint64 `json:"calls"`
	Failures uint64 `json:"failures"`
	// Paused counts how often calls were paused because five tokens in a row found the endpoint down.
	Paused uint64 `json:"paused"`
	// Refused counts the calls that were not made and returned ErrBusy or ErrPaused.
	Refused uint64 `json:"refused"`
	// InFlight and Waiting are the calls that run and wait at the moment.
	InFlight int `json:"in_flight"`
	Waiting  int `json:"waiting"`
	// Open reports that calls are paused at the moment, or only up to five of them try the endpoint again.
	Open bool `json:"open"`
}

// Stats holds the counters of a [Client]. Exchange counts the calls of [Client.Exchange] and [Client.OnBehalfOf].
type Stats struct{ UserInfo, Introspection, Exchange EndpointStats }

// Stats returns the counters at the moment. It is safe for concurrent use.
func (p *Client) Stats() Stats {
	return Stats{UserInfo: endpointStats(p.userInfo), Introspection: endpointStats(p.introspection), Exchange: endpointStats(p.exchanges)}
}

// breaker limits the calls to one endpoint, and keeps the cause of the last failure to reach it.
type breaker struct {
	*circuit.Gate
	unreached atomic.Pointer[fetch.Error] // An error without status, which therefore contains nothing about a token.
}

func newBreaker(c Config) *breaker {
	return &breaker{Gate: circuit.New(circuit.Policy{Concurrent: c.Concurrency}, c.Now)}
}

// learn keeps the cause, for the calls that are stopped because of it.
func (b *breaker) learn(err error) {
	var e *fetch.Error
	switch {
	case err == nil:
		b.unreached.Store(nil)
	case errors.As(err, &e) && e.Status == 0:
		b.unreached.Store(e)
	}
}

// closed adds to the error of a stopped call the cause of the failures before.
func (b *breaker) closed(err error) error {
	if e := b.unreached.Load(); e != nil {
		return fmt.Errorf("%w: %w", err, e)
	}
	return err
}

func endpointStats(b *breaker) EndpointStats {
	s := b.Stats()
	return EndpointStats{
		Calls: s.Calls, Failures: s.Failures, Paused: s.Opened, Refused: s.Refused,
		InFlight: s.InFlight, Waiting: s.Waiting, Open: s.Open,
	}
}

// guarded sends a request about a token if the breaker allows it. A nil breaker allows every call.
func guarded(ctx context.Context, b *breaker, token string, send func() (*fetch.Response, error)) (*fetch.Response, error) {
	if b == nil {
		return send()
	}
	var resp *fetch.Response
	err := b.Do(ctx, sha256.Sum256([]byte(token)), func() (circuit.Outcome, error) {
		var err error
		resp, err = send()
		if ctx.Err() == nil {
			b.learn(err)
		}
		return fetch.Outcome(ctx, err), err
	})
	switch {
	case errors.Is(err, circuit.ErrBusy):
		return nil, ErrBusy
	case errors.Is(err, circuit.ErrResting):
		return nil, b.closed(errResting)
	case errors.Is(err, circuit.ErrOpen):
		return nil, b.closed(ErrPaused)
	case err != nil:
		return nil, err
	}
	return resp, nil
}

// limiter limits the calls that run and wait, and pauses none: senders of bad codes must not stop the logins of others.
type limiter struct{ gate *circuit.Gate }

func newLimiter(c Config) *limiter {
	return &limiter{circuit.New(circuit.Policy{Concurrent: c.Concurrency}, c.Now)}
}

// limited sends a request if not too many run and wait. A nil limiter allows every call.
func (l *limiter) limited(ctx context.Context, send func() (*fetch.Response, error)) (resp *fetch.Response, err error) {
	if l == nil {
		return send()
	}
	err = l.gate.Do(ctx, circuit.Key{}, func() (circuit.Outcome, error) {
		resp, err = send()
		return circuit.Unknown, err
	})
	if errors.Is(err, circuit.ErrBusy) {
		return nil, ErrBusy
	}
	return resp, err
}

func unavailable(e endpoint, err error) error { return fmt.Errorf("provider: %s: %w", e, err) }

package provider

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/knownbearer/knownbearer/internal/circuit"
	"github.com/knownbearer/knownbearer/internal/fetch"
)

var (
	// ErrBusy reports that too many calls to the endpoint are under way, and too many wait.
	ErrBusy = errors.New("provider: too many calls under way")
	// ErrPaused reports that the endpoint is not asked, since it was down for five tokens in a row less than 5 s ago, or
	// failed at this token less than 2 s ago.
	ErrPaused = errors.New("provider: not asked, since the endpoint keeps failing")

	errResting = fmt.Errorf("%w at this token", ErrPaused)
)

// EndpointStats are the counters of one endpoint, for metrics.
type EndpointStats struct {
	Calls, Failures   uint64 // requests sent; of these, without an answer, or with 429 or 5xx
	Paused            uint64 // how often failures in a row have stopped the calls
	Refused           uint64 // calls not made, with ErrBusy or ErrPaused
	InFlight, Waiting int
	Open              bool // the circuit is open: calls are not made, or one to try again
}

// Stats are the counters of a [Client].
type Stats struct{ UserInfo, Introspection EndpointStats }

// Stats returns the counters.
func (p *Client) Stats() Stats {
	return Stats{UserInfo: endpointStats(p.userInfo), Introspection: endpointStats(p.introspection)}
}

// gate lets through what its circuit allows, and remembers why the endpoint was last not reached.
type gate struct {
	*circuit.Gate
	unreached atomic.Pointer[fetch.Error] // it had no status, so that it says nothing of a token
}

func newGate(c Config) *gate {
	return &gate{Gate: circuit.New(circuit.Policy{Concurrent: c.Concurrency}, c.Now)}
}

// learn keeps the cause for those who are not let through because of it.
func (g *gate) learn(err error) {
	var e *fetch.Error
	switch {
	case err == nil:
		g.unreached.Store(nil)
	case errors.As(err, &e) && e.Status == 0:
		g.unreached.Store(e)
	}
}

// closed adds to the report of a call that is not made why the calls before failed.
func (g *gate) closed(err error) error {
	if e := g.unreached.Load(); e != nil {
		return fmt.Errorf("%w: %w", err, e)
	}
	return err
}

func endpointStats(g *gate) EndpointStats {
	s := g.Stats()
	return EndpointStats{
		Calls: s.Calls, Failures: s.Failures, Paused: s.Opened, Refused: s.Refused,
		InFlight: s.InFlight, Waiting: s.Waiting, Open: s.Open,
	}
}

// guarded sends a request about a token when the gate lets it.
func guarded(ctx context.Context, gate *gate, token string, send func() (*fetch.Response, error)) (*fetch.Response, error) {
	if gate == nil {
		return send()
	}
	var resp *fetch.Response
	err := gate.Do(ctx, sha256.Sum256([]byte(token)), func() (circuit.Outcome, error) {
		var err error
		resp, err = send()
		if ctx.Err() == nil {
			gate.learn(err)
		}
		return outcome(ctx, err), err
	})
	switch {
	case errors.Is(err, circuit.ErrBusy):
		return nil, ErrBusy
	case errors.Is(err, circuit.ErrResting):
		return nil, gate.closed(errResting)
	case errors.Is(err, circuit.ErrOpen):
		return nil, gate.closed(ErrPaused)
	case err != nil:
		return nil, err
	}
	return resp, nil
}

// outcome blames the endpoint alone for what no token and no caller can bring about, or a sender of bad tokens who hangs up
// would shut everybody out. It suspects the token where the endpoint was reached and broke off, or answered 500.
func outcome(ctx context.Context, err error) circuit.Outcome {
	var e *fetch.Error
	switch {
	case err == nil:
		return circuit.Success
	case errors.Is(ctx.Err(), context.Canceled), !errors.As(err, &e):
		return circuit.Unknown
	case e.IsDown():
		return circuit.Failure
	case e.Status == 0, e.Status >= http.StatusInternalServerError,
		e.Status == http.StatusOK && !errors.Is(err, fetch.ErrTooLarge): // the answer broke off
		return circuit.Suspect
	}
	return circuit.Success
}

func unavailable(e endpoint, err error) error { return fmt.Errorf("provider: %s: %w", e, err) }

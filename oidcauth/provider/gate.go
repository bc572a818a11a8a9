package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/circuit"
	"github.com/knownbearer/knownbearer/internal/fetch"
)

var (
	// ErrBusy reports that too many calls to the endpoint are under way, and too many wait.
	ErrBusy = errors.New("provider: too many calls under way")
	// ErrPaused reports that the endpoint is not asked, since it failed five times in a row less than 5 s ago.
	ErrPaused = errors.New("provider: not asked, since the endpoint keeps failing")
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

func endpointStats(g *circuit.Gate) EndpointStats {
	s := g.Stats()
	return EndpointStats{
		Calls: s.Calls, Failures: s.Failures, Paused: s.Opened, Refused: s.Refused,
		InFlight: s.InFlight, Waiting: s.Waiting, Open: s.Open,
	}
}

// guarded sends a request when the gate lets it.
func guarded(ctx context.Context, gate *circuit.Gate, send func() (*fetch.Response, error)) (*fetch.Response, error) {
	if gate == nil {
		return send()
	}
	var resp *fetch.Response
	err := gate.Do(ctx, func() (circuit.Outcome, error) {
		var err error
		resp, err = send()
		return outcome(ctx, err), err
	})
	switch {
	case errors.Is(err, circuit.ErrBusy):
		return nil, ErrBusy
	case errors.Is(err, circuit.ErrOpen):
		return nil, ErrPaused
	case err != nil:
		return nil, err
	}
	return resp, nil
}

// outcome blames the endpoint for what no token and no caller can bring about, or whoever sends bad tokens and hangs up
// would shut everybody out.
func outcome(ctx context.Context, err error) circuit.Outcome {
	var e *fetch.Error
	switch {
	case err == nil:
		return circuit.Success
	case errors.Is(ctx.Err(), context.Canceled), !errors.As(err, &e):
		return circuit.Unknown
	case e.Status == http.StatusOK && !errors.Is(err, fetch.ErrTooLarge), // it broke off
		e.Status == 0, e.Status == http.StatusTooManyRequests, e.Status >= http.StatusInternalServerError:
		return circuit.Failure
	}
	return circuit.Success
}

func unavailable(e endpoint, err error) error { return fmt.Errorf("provider: %s: %w", e, err) }

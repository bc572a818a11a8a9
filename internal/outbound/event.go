// Package outbound describes calls to providers and user stores as events.
package outbound

import (
	"errors"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/clientfault"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// maxFault is the greatest length in bytes of the text of an error.
const maxFault = 1 << 10

// Event returns the event of a call. The secrets are removed from the text of its error.
func Event(at time.Time, issuer string, c fetch.Call, s record.Secrets) decision.Event {
	f := &decision.Fetch{
		Endpoint: c.Endpoint, Host: record.Short(c.Host), Status: c.Status, Result: resultOf(c), Elapsed: c.Elapsed,
	}
	if c.Err != nil {
		f.Fault = record.Redact(c.Err.Error(), maxFault, s)
	}
	return decision.Event{Kind: decision.Fetched, Time: at, Issuer: issuer, Fetch: f}
}

// resultOf distinguishes a refusal of the provider from the lack of a usable answer.
func resultOf(c fetch.Call) decision.Result {
	var token *claims.RefusedError
	var client clientfault.ClientRefused
	var either clientfault.TokenRefused
	switch {
	case c.Err == nil:
		return decision.Succeeded
	case errors.Is(c.Err, claims.ErrInactive), errors.As(c.Err, &token), errors.As(c.Err, &client), errors.As(c.Err, &either):
		return decision.Declined
	case c.Status >= 400 && c.Status < 500 && c.Status != http.StatusTooManyRequests:
		return decision.Declined
	}
	return decision.Unavailable
}

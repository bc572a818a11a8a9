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
		Endpoint: c.Endpoint, Host: record.Short(c.Host), Status: c.Status, Result: resultOf(c.Err), Elapsed: c.Elapsed,
	}
	if c.Err != nil {
		f.Fault = record.Redact(c.Err.Error(), maxFault, s)
	}
	return decision.Event{Kind: decision.Fetched, Time: at, Issuer: issuer, Fetch: f}
}

// resultOf distinguishes an answer that refuses from no usable answer.
func resultOf(err error) decision.Result {
	var token *claims.RefusedError
	var client clientfault.ClientRefused
	var either clientfault.TokenRefused
	var answer *fetch.Error
	switch {
	case err == nil:
		return decision.Succeeded
	case errors.Is(err, claims.ErrInactive), errors.As(err, &token), errors.As(err, &client), errors.As(err, &either):
		return decision.Declined
	case errors.As(err, &answer) && answer.Status >= 400 && answer.Status < 500 && answer.Status != http.StatusTooManyRequests:
		return decision.Declined
	}
	return decision.Unavailable
}

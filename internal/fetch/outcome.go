package fetch

import (
	"context"
	"errors"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/circuit"
)

// Outcome is the outcome of a call for a circuit breaker. It counts a failure of the endpoint only if neither a token nor a
// caller can cause it. Otherwise a sender of bad tokens, or one who hangs up, could stop the calls of everyone. If the
// endpoint was reached and broke off, or the answer is 500 or a gateway's 502, 503 or 504, Outcome suspects the token.
func Outcome(ctx context.Context, err error) circuit.Outcome {
	var e *Error
	switch {
	case err == nil:
		return circuit.Success
	case errors.Is(ctx.Err(), context.Canceled), !errors.As(err, &e):
		return circuit.Unknown
	case e.IsDown():
		return circuit.Failure
	case e.Status == 0, e.Status >= http.StatusInternalServerError,
		e.Status == http.StatusOK && !errors.Is(err, ErrTooLarge): // The body ended early.
		return circuit.Suspect
	}
	return circuit.Success
}

package oidcauth

import (
	"context"
	"errors"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/doctor"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// NotReadyError reports that no key of an issuer is held, so that its tokens would be answered with 503.
type NotReadyError struct {
	// Issuer is the URL of the issuer.
	Issuer string
	// Err is the cause. It may be nil.
	Err error
}

func (e *NotReadyError) Error() string {
	text := fmt.Sprintf("oidcauth: no key of issuer %q is held", e.Issuer)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *NotReadyError) Unwrap() error { return e.Err }

// Ready returns nil if the tokens of every issuer can be verified, for a readiness probe. If no key of an issuer is held, Ready
// fetches within the limits of the source; held keys cause no request. The error joins a [*NotReadyError] for each
// issuer without keys.
//
// An issuer that uses no key is ready: one with Introspection.JWTs, of which all tokens are asked about, and one that takes opaque
// tokens and whose discovery document names no keys. Introspection itself is not asked.
func (a *Authenticator) Ready(ctx context.Context) error {
	var faults []error
	for _, iss := range doctor.Ready(ctx, a.engine.Settings) {
		faults = append(faults, &NotReadyError{Issuer: iss.Issuer, Err: iss.Err})
	}
	return errors.Join(faults...)
}

// Diagnose looks at everything that has to work: discovery and its issuer, keys, the provider's clock, UserInfo,
// introspection and the user store, and at configuration that is legal but risky. It asks each of them once, within the usual
// bounds; the last three are asked about a user who does not exist. It returns all findings, good ones too.
func (a *Authenticator) Diagnose(ctx context.Context) []decision.Finding {
	return doctor.Diagnose(ctx, a.engine.Settings)
}

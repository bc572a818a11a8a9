package oidcauth

import (
	"context"
	"errors"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/doctor"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// NotReadyError reports that no key of an issuer is available. Requests with its tokens would be answered with 503.
type NotReadyError struct {
	// Issuer is the URL of the issuer.
	Issuer string
	// Err is the cause. It may be nil.
	Err error
}

func (e *NotReadyError) Error() string {
	text := fmt.Sprintf("oidcauth: no key of issuer %q is available", e.Issuer)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *NotReadyError) Unwrap() error { return e.Err }

// Ready reports whether the tokens of every issuer can be verified. Use it for a readiness probe. It returns nil, or an error
// that joins a [*NotReadyError] for each issuer without keys. If no key of an issuer is in memory, Ready fetches its keys,
// within the limits of the source. Otherwise it sends no request.
//
// An issuer that needs no key is ready: all its tokens are introspected (Introspection.JWTs), or it accepts opaque tokens and its
// discovery document has no jwks_uri. Ready does not check that introspection works.
func (a *Authenticator) Ready(ctx context.Context) error {
	var faults []error
	for _, iss := range doctor.Ready(ctx, a.engine.Settings) {
		faults = append(faults, &NotReadyError{Issuer: iss.Issuer, Err: iss.Err})
	}
	return errors.Join(faults...)
}

// Diagnose checks the configuration against the real services: discovery and its issuer, keys, the provider's clock, UserInfo,
// introspection and the user store. It also reports settings that are valid but risky. It calls each service once, within the
// usual limits, and calls the last three with a token or a user that does not exist. It returns all findings, including the
// good ones. If the configuration
// was read again, the result is one of them; see [Authenticator.Reloaded].
func (a *Authenticator) Diagnose(ctx context.Context) []decision.Finding {
	return append(doctor.Diagnose(ctx, a.engine.Settings), a.succession.findings()...)
}

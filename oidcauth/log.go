package oidcauth

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/knownbearer/knownbearer/internal/clientfault"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// level returns the level of a record. A client must not be able to cause records at ERROR, by its token, by a cancelled request
// or by a long one. Therefore only an outage of a dependency is logged at ERROR, once a minute.
func (a *Authenticator) level(ctx context.Context, e *Error, now time.Time) slog.Level {
	switch {
	case kindOf(e.Reason).isChallenged(), errors.Is(ctx.Err(), context.Canceled):
		return slog.LevelInfo
	case ctx.Err() == nil && e.isOutage() && a.refusals.allowsError(e.Reason, now):
		return slog.LevelError
	}
	return slog.LevelWarn
}

// isOutage reports whether a dependency is down or refuses this service. It returns false if the token may have caused the failure.
func (e *Error) isOutage() bool {
	switch e.Reason {
	case reason.KeysUnavailable:
		return !errors.Is(e.Err, fetch.ErrTooSoon) // any client can cause it by tokens with unknown key ids
	case reason.DenyListUnavailable:
		return true // the keys of a lookup are hashes, so a client cannot choose them
	case reason.UserStoreUnavailable:
		return true
	}
	var client clientfault.ClientRefused
	var answer *fetch.Error
	var dial *net.OpError
	if errors.As(e.Err, &client) {
		_, _, page := client.ClientRefused()
		return !page // an HTML page is from a gateway, which may have refused the request because of the token
	}
	return errors.As(e.Err, &answer) && answer.IsDown() || errors.As(e.Err, &dial) && dial.Op == "dial"
}

// log writes the record of one refusal.
func (a *Authenticator) log(ctx context.Context, d *decision.Decision, e *Error, dropped int) {
	level := a.level(ctx, e, d.Time)
	attrs := []slog.Attr{
		slog.String("decision_id", d.ID), slog.String("reason", string(d.Reason)), slog.Int("status", d.Status),
		slog.String("detail", e.detail()), slog.String("method", d.Method), slog.String("route", d.Route),
		slog.Duration("elapsed", d.Elapsed), slog.Bool("verified", d.Verified),
	}
	if codes := d.HintCodes(); len(codes) > 0 {
		attrs = append(attrs, slog.Any("hints", codes))
	}
	for _, h := range d.Hints {
		if h.Reason == d.Reason { // the fix for another fault would mislead
			attrs = append(attrs, slog.Group(h.Code, nonEmpty("cause", h.Cause, "fix", h.Fix, "actual", h.Actual, "expected", h.Expected)...))
		}
	}
	var others []string
	for i, f := range d.Faults() {
		if i > 0 {
			others = append(others, string(f.Reason))
		}
	}
	if len(others) > 0 {
		attrs = append(attrs, slog.Any("other_faults", others))
	}
	if f := d.Token; f.Algorithm != "" || f.Issuer != "" {
		attrs = append(attrs, slog.Group("token", nonEmpty("iss", f.Issuer, "aud", f.Audience, "kid", f.KeyID, "jti", f.ID,
			"iat", f.IssuedAt, "exp", f.Expires, "key_source", f.KeySource)...))
	}
	if dropped > 0 {
		attrs = append(attrs, slog.Int("dropped", dropped))
	}
	a.config.Logger.LogAttrs(ctx, level, "bearer token refused", attrs...)
}

// nonEmpty makes attributes from pairs of name and value. It omits pairs with an empty value.
func nonEmpty(pairs ...string) []any {
	var out []any
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, slog.String(pairs[i], pairs[i+1]))
		}
	}
	return out
}

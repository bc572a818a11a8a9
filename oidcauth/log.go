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

// logRefused writes the record of one refusal. Its message is the cause, because a search in a log shows the message first.
func (a *Authenticator) logRefused(ctx context.Context, d *decision.Decision, e *Error, dropped int) {
	message := d.Cause()
	if message == "" { // the application made the reason
		message = e.detail()
	}
	attrs := []slog.Attr{
		slog.String("event", string(decision.Refused)), slog.String("decision_id", d.ID), slog.String("reason", string(d.Reason)), slog.Int("status", d.Status),
	}
	attrs = appendText(attrs, "detail", e.detail(), "rule", d.Rule)
	if d.AfterAcceptance {
		attrs = append(attrs, slog.Bool("after_acceptance", true))
	}
	if len(d.Hints) > 0 {
		attrs = append(attrs, slog.Any("hints", hintList(d.Hints)))
	}
	if others := otherFaults(d); len(others) > 0 {
		attrs = append(attrs, slog.Any("other_faults", others))
	}
	if dropped > 0 {
		attrs = append(attrs, slog.Int("dropped", dropped))
	}
	attrs = append(attrs, slog.Bool("signature_verified", d.Verified))
	a.config.Logger.LogAttrs(ctx, a.level(ctx, e, d.Time), message, appendRecord(decisionFields(attrs, d), d.Record)...)
}

// otherFaults returns the reasons of the faults besides the first.
func otherFaults(d *decision.Decision) (out []string) {
	for i, f := range d.Faults() {
		if i > 0 {
			out = append(out, string(f.Reason))
		}
	}
	return out
}

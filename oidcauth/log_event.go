package oidcauth

import (
	"context"
	"log/slog"
	"math/rand/v2"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// logAccepted writes the record of an accepted request, for the share of them that Log.Accepted names.
func (a *Authenticator) logAccepted(ctx context.Context, d *decision.Decision) {
	share := a.config.Log.Accepted
	if share <= 0 || share < 1 && rand.Float64() >= share { //nolint:gosec // a sample needs no secret
		return
	}
	attrs := []slog.Attr{slog.String("event", string(decision.Accepted)), slog.String("decision_id", d.ID)}
	a.config.Logger.LogAttrs(ctx, slog.LevelInfo, "The request is accepted.", appendRecord(decisionFields(attrs, d), d.Record)...)
}

// logRevoked writes the record of a call of Revoke.
func (a *Authenticator) logRevoked(ctx context.Context, e decision.Event, dropped int) {
	r, level, message := e.Revocation, slog.LevelInfo, "The token is revoked."
	if r.Fault != "" {
		level, message = slog.LevelWarn, "The token is not revoked."
	}
	if r.Fault != "" && r.Stored {
		message = "The token is revoked in this service, but not at its provider."
	}
	attrs := appendText(eventFields(e, r.Token), "at_provider", string(r.AtProvider), "detail", r.Fault)
	if dropped > 0 {
		attrs = append(attrs, slog.Int("dropped", dropped))
	}
	a.config.Logger.LogAttrs(ctx, level, message, appendToken(append(attrs, slog.Bool("stored", r.Stored)), r.Token)...)
}

// logLogout writes the record of a back-channel logout.
func (a *Authenticator) logLogout(ctx context.Context, e decision.Event) {
	l := e.Logout
	attrs := append(eventFields(e, l.Token), slog.Bool("session", l.Session), slog.Bool("user", l.User))
	a.config.Logger.LogAttrs(ctx, slog.LevelInfo, "A back-channel logout ended sessions.", appendToken(attrs, l.Token)...)
}

// eventFields returns the fields of a record about an event without a decision.
func eventFields(e decision.Event, f decision.TokenFacts) []slog.Attr {
	return appendText(nil, "event", string(e.Kind), "decision_id", e.ID, "issuer", e.Issuer, "client_id", f.ClientID, "key_id", f.KeyID)
}

// logFetched writes the record of a call to a provider or to the user store.
func logFetched(ctx context.Context, to *slog.Logger, e decision.Event) {
	f := e.Fetch
	attrs := appendText(nil, "event", string(e.Kind), "issuer", e.Issuer, "endpoint", string(f.Endpoint), "host", f.Host, "result", string(f.Result),
		"detail", f.Fault)
	if f.Status != 0 {
		attrs = append(attrs, slog.Int("status", f.Status))
	}
	to.LogAttrs(ctx, slog.LevelDebug, "A call to "+string(f.Endpoint)+" "+map[decision.Result]string{
		decision.Succeeded: "succeeded.", decision.Declined: "was declined.", decision.Unavailable: "got no usable answer.",
	}[f.Result], append(attrs, milliseconds(f.Elapsed))...)
}

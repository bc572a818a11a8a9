package oidcauth

import (
	"context"
	"log/slog"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// logSignedIn writes the record of an accepted login or refresh.
func (a *Authenticator) logSignedIn(ctx context.Context, kind decision.EventKind, d *decision.Decision) {
	level, message := slog.LevelInfo, "The user signed in."
	if kind == decision.Refreshed { // there may be one every few minutes for each session
		level, message = slog.LevelDebug, "The session was refreshed."
	}
	attrs := []slog.Attr{slog.String("event", string(kind)), slog.String("decision_id", d.ID)}
	a.config.Logger.LogAttrs(ctx, level, message, decisionFields(attrs, d)...)
}

// logSignedOut writes the record of the end of a session.
func (a *Authenticator) logSignedOut(ctx context.Context, e decision.Event) {
	attrs := appendText(nil, "event", string(e.Kind), "decision_id", e.ID, "issuer", e.Issuer, "client_id", e.SignOut.ClientID, "reason", string(e.SignOut.Reason))
	a.config.Logger.LogAttrs(ctx, slog.LevelInfo, "The session ended.", attrs...)
}

package oidcauth

import (
	"context"
	"log/slog"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/outbound"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
)

// callsWanted reports whether OnEvent, the Logger or the page of DebugHandler listens at present.
func (a *Authenticator) callsWanted() bool { return a.tellsCalls || a.history.Begun() }

// calls returns a function that reports each call to a provider or a user store to OnEvent, to the Logger and to the page of
// DebugHandler. It recovers a panic of this code, because a call may end on a goroutine of this module, where the panic would
// end the process.
func (a *Authenticator) calls(panics *guard.Reporter) pipeline.Calls {
	c := a.config
	return func(ctx context.Context, issuer string, call fetch.Call, s record.Secrets) {
		if !a.callsWanted() {
			return
		}
		_, _ = guard.Reported(panics, "OnEvent", "", func() (any, error) {
			e := outbound.Event(c.Now(), issuer, call, s)
			a.history.Record(e)
			if c.Logger.Enabled(ctx, slog.LevelDebug) {
				logFetched(ctx, c.Logger, e)
			}
			if c.OnEvent != nil {
				c.OnEvent(ctx, e)
			}
			return nil, nil
		})
	}
}

package oidcauth

import (
	"context"
	"log/slog"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/history"
	"github.com/knownbearer/knownbearer/internal/outbound"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
)

// callsWanted returns a function that reports whether OnEvent, the Logger or the page of DebugHandler listens at present.
func (c Config) callsWanted(past *history.History) func() bool {
	always := c.OnEvent != nil || c.Logger.Enabled(context.Background(), slog.LevelDebug)
	return func() bool { return always || past.Begun() }
}

// calls returns a function that reports each call to a provider or a user store to OnEvent, to the Logger and to the page of
// DebugHandler. It recovers a panic of this code, because a call may end on a goroutine of this module, where the panic would
// end the process.
func (c Config) calls(panics *guard.Reporter, past *history.History, wanted func() bool) pipeline.Calls {
	return func(ctx context.Context, issuer string, call fetch.Call, s record.Secrets) {
		if !wanted() {
			return
		}
		_, _ = guard.Reported(panics, "OnEvent", "", func() (any, error) {
			e := outbound.Event(c.Now(), issuer, call, s)
			past.Record(e)
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

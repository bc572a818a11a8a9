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

// calls returns a function that tells OnEvent and the Logger of calls to providers and user stores. It returns nil if neither
// listens. Calls may end on goroutines of this module, where a panic would end the process.
func (c Config) calls(panics *guard.Reporter) pipeline.Calls {
	if c.OnEvent == nil && !c.Logger.Enabled(context.Background(), slog.LevelDebug) {
		return nil
	}
	return func(ctx context.Context, issuer string, call fetch.Call, s record.Secrets) {
		_, _ = guard.Reported(panics, "OnEvent", "", func() (any, error) {
			e := outbound.Event(c.Now(), issuer, call, s)
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

package guard

import (
	"context"
	"log/slog"

	"github.com/knownbearer/knownbearer/internal/record"
)

// Log logs a panic at ERROR, because the service's own code is at fault. called names that code. The secrets are
// removed from the value. If to is nil, it is slog.Default().
func (p *Panic) Log(to *slog.Logger, called string, s record.Secrets) {
	if to == nil {
		to = slog.Default()
	}
	_, _ = Call(func() (any, error) { // A handler of the service may panic too.
		to.LogAttrs(context.Background(), slog.LevelError, "called code panicked",
			slog.String("event", "panicked"), slog.String("called", called), slog.String("panic", record.Redact(p.Error(), 2*maxValue, s)), slog.String("stack", string(p.Stack)))
		return nil, nil
	})
}

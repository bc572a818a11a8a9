package guard

import (
	"context"
	"log/slog"

	"github.com/knownbearer/knownbearer/internal/record"
)

// Log tells the operator of a panic, at ERROR: the code of the service is at fault. called names it; what it threw may repeat
// secrets. A nil logger means slog.Default().
func (p *Panic) Log(to *slog.Logger, called string, s record.Secrets) {
	if to == nil {
		to = slog.Default()
	}
	_, _ = Call(func() (any, error) { // a handler of the service's own may panic, too
		to.LogAttrs(context.Background(), slog.LevelError, "code that was called panicked",
			slog.String("called", called), slog.String("panic", record.Redact(p.Error(), 2*maxValue, s)), slog.String("stack", string(p.Stack)))
		return nil, nil
	})
}

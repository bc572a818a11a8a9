package guard

import (
	"context"
	"log/slog"
)

// Log tells the operator of a panic, at ERROR: the code of the service is at fault. where names what was called. A nil logger
// means slog.Default().
func (p *Panic) Log(to *slog.Logger, where string) {
	if to == nil {
		to = slog.Default()
	}
	_, _ = Call(func() (any, error) { // a handler of the service's own may panic, too
		to.LogAttrs(context.Background(), slog.LevelError, "code that was called panicked",
			slog.String("called", where), slog.String("panic", p.Error()), slog.String("stack", string(p.Stack)))
		return nil, nil
	})
}

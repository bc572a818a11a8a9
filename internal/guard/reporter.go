package guard

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/rate"
	"github.com/knownbearer/knownbearer/internal/record"
)

// Reporter logs panics of the service's code on goroutines of this module. It logs at most one a minute for each
// piece of code, because a sender may know a token that causes the panic.
type Reporter struct {
	to *slog.Logger

	mu     sync.Mutex
	limits map[string]*rate.Bucket // The key is the name of the code.
}

const panicInterval = time.Minute

// NewReporter returns a Reporter that logs to a logger. If it is nil, it is slog.Default().
func NewReporter(to *slog.Logger) *Reporter {
	return &Reporter{to: to, limits: map[string]*rate.Bucket{}}
}

// Reported calls code of the service, and returns its panic as an error. The token is removed from the logged value
// of the panic.
func Reported[T any](to *Reporter, called, token string, f func() (T, error)) (T, error) {
	value, err := Call(func() (T, error) {
		value, err := f()
		var p *Panic
		if errors.As(err, &p) { // A panic of a transport was recovered where it was called.
			to.report(called, token, p)
		}
		return value, err
	})
	if p, ok := err.(*Panic); ok { //nolint:errorlint // The errors that err wraps were examined above, inside Call, because their methods may panic.
		to.report(called, token, p)
	}
	return value, err
}

func (l *Reporter) report(called, token string, p *Panic) {
	if l.allows(called) {
		p.Log(l.to, called, record.Secrets{Credentials: record.Credentials(token)})
	}
}

func (l *Reporter) allows(called string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.limits[called]
	if b == nil {
		b = &rate.Bucket{Interval: panicInterval, Burst: 1}
		l.limits[called] = b
	}
	_, ok := b.Take(time.Now())
	return ok
}

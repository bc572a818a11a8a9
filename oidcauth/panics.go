package oidcauth

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/rate"
	"github.com/knownbearer/knownbearer/internal/record"
)

// panicLog tells the operator of panics in code of the service that runs on goroutines of ours: one a minute for each piece of
// code, since a sender may know the token that brings it about.
type panicLog struct {
	to *slog.Logger

	mu   sync.Mutex
	told map[string]*rate.Bucket // by what was called
}

func newPanicLog(to *slog.Logger) *panicLog {
	return &panicLog{to: to, told: map[string]*rate.Bucket{}}
}

// guarded calls code of the service, and makes an error of its panic. What it throws may repeat the token.
func guarded[T any](to *panicLog, called, token string, f func() (T, error)) (T, error) {
	value, err := guard.Call(func() (T, error) {
		value, err := f()
		var p *guard.Panic
		if errors.As(err, &p) { // a transport's, which was recovered where it was called
			to.tell(called, token, p)
		}
		return value, err
	})
	if p, ok := err.(*guard.Panic); ok { //nolint:errorlint // what err wraps was looked at where its methods may panic
		to.tell(called, token, p)
	}
	return value, err
}

func (l *panicLog) tell(called, token string, p *guard.Panic) {
	if l.allows(called) {
		p.Log(l.to, called, record.Secrets{Credentials: credentials(token)})
	}
}

func (l *panicLog) allows(called string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.told[called]
	if b == nil {
		b = &rate.Bucket{Interval: errorInterval, Burst: 1}
		l.told[called] = b
	}
	_, ok := b.Take(time.Now())
	return ok
}

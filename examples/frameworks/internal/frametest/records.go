package frametest

import (
	"context"
	"log/slog"
	"sync"
)

// records is the operator's side: the log records of refusals, by decision id.
type records struct {
	mu     sync.Mutex
	routes map[string][]string
}

// of returns the route of each record with this decision id.
func (l *records) of(decision string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.routes[decision]
}

// Enabled, Handle, WithAttrs and WithGroup make it a slog.Handler.
func (l *records) Enabled(context.Context, slog.Level) bool { return true }

func (l *records) Handle(_ context.Context, r slog.Record) error {
	attrs := map[string]string{}
	r.Attrs(func(a slog.Attr) bool {
		attrs[a.Key] = a.Value.String()
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.routes == nil {
		l.routes = map[string][]string{}
	}
	l.routes[attrs["decision_id"]] = append(l.routes[attrs["decision_id"]], attrs["route"])
	return nil
}

func (l *records) WithAttrs([]slog.Attr) slog.Handler { return l }

func (l *records) WithGroup(string) slog.Handler { return l }

package oidcauth

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/clientfault"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/rate"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Refusals of one reason that are logged: at once, and then one an interval. Of these, one an errorInterval may be an error.
const (
	logBurst      = 100
	logInterval   = 100 * time.Millisecond
	errorInterval = time.Minute
)

// refusalLog bounds the records of each reason, so that no sender of bad tokens can flood the log.
type refusalLog struct {
	mu      sync.Mutex
	reasons map[reason.Reason]*reasonLog
}

type reasonLog struct {
	records, errors rate.Bucket
	dropped         int
}

func newRefusalLog() *refusalLog { return &refusalLog{reasons: map[reason.Reason]*reasonLog{}} }

// of is called with the lock held. Reasons of the application's own share one bound: it may make them of what was sent.
func (l *refusalLog) of(reason reason.Reason) *reasonLog {
	if reason.Meaning() == "" {
		reason = ""
	}
	r := l.reasons[reason]
	if r == nil {
		r = &reasonLog{
			records: rate.Bucket{Interval: logInterval, Burst: logBurst}, errors: rate.Bucket{Interval: errorInterval, Burst: 1},
		}
		l.reasons[reason] = r
	}
	return r
}

// allows tells whether one more may be logged, and how many were not since the last one.
func (l *refusalLog) allows(reason reason.Reason, now time.Time) (dropped int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.of(reason)
	if _, ok := r.records.Take(now); !ok {
		r.dropped++
		return 0, false
	}
	dropped, r.dropped = r.dropped, 0
	return dropped, true
}

// allowsError tells whether one more may be logged as an error.
func (l *refusalLog) allowsError(reason reason.Reason, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.of(reason).errors.Take(now)
	return ok
}

// level is that of a record. A failure of a dependency is an error once a minute, and only where no token brings it about:
// that level is not the sender's to fill, not by breaking requests off or having them last either.
func (a *Authenticator) level(ctx context.Context, e *Error, now time.Time) slog.Level {
	switch {
	case kindOf(e.Reason) != unavailable, errors.Is(ctx.Err(), context.Canceled):
		return slog.LevelInfo
	case ctx.Err() == nil && e.isOutage() && a.refusals.allowsError(e.Reason, now):
		return slog.LevelError
	}
	return slog.LevelWarn
}

// isOutage tells a dependency that is down, or that this service may not use, from one that failed at a token.
func (e *Error) isOutage() bool {
	switch e.Reason {
	case reason.KeysUnavailable:
		return !errors.Is(e.Err, fetch.ErrTooSoon) // too many tokens of unknown keys, which anyone can send
	case reason.DenyListUnavailable:
		return true // what is asked for is of no sender's choice
	case reason.UserStoreUnavailable:
		return !e.foreign
	}
	var client clientfault.ClientRefused
	var answer *fetch.Error
	var dial *net.OpError
	if errors.As(e.Err, &client) {
		_, _, page := client.ClientRefused()
		return !page // a gateway's, which may not like the looks of the token
	}
	return errors.As(e.Err, &answer) && answer.IsDown() || errors.As(e.Err, &dial) && dial.Op == "dial"
}

// log writes one record.
func (a *Authenticator) log(ctx context.Context, d *decision.Decision, e *Error, dropped int) {
	level := a.level(ctx, e, d.Time)
	attrs := []slog.Attr{
		slog.String("decision_id", d.ID), slog.String("reason", string(d.Reason)), slog.Int("status", d.Status),
		slog.String("detail", e.detail()), slog.String("method", d.Method), slog.String("route", d.Route),
		slog.Duration("elapsed", d.Elapsed), slog.Bool("verified", d.Verified),
	}
	if codes := d.HintCodes(); len(codes) > 0 {
		attrs = append(attrs, slog.Any("hints", codes))
	}
	for _, h := range d.Hints {
		if h.Reason == d.Reason { // the fix of another fault would mislead
			attrs = append(attrs, slog.Group(h.Code, given("cause", h.Cause, "fix", h.Fix, "actual", h.Actual, "expected", h.Expected)...))
		}
	}
	var others []string
	for i, f := range d.Faults() {
		if i > 0 {
			others = append(others, string(f.Reason))
		}
	}
	if len(others) > 0 {
		attrs = append(attrs, slog.Any("other_faults", others))
	}
	if f := d.Token; f.Algorithm != "" || f.Issuer != "" {
		attrs = append(attrs, slog.Group("token", given("iss", f.Issuer, "aud", f.Audience, "kid", f.KeyID, "jti", f.ID,
			"iat", f.IssuedAt, "exp", f.Expires, "key_source", f.KeySource)...))
	}
	if dropped > 0 {
		attrs = append(attrs, slog.Int("dropped", dropped))
	}
	a.config.Logger.LogAttrs(ctx, level, "bearer token refused", attrs...)
}

// given makes attributes of names and values, and leaves empty values out.
func given(pairs ...string) []any {
	var out []any
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, slog.String(pairs[i], pairs[i+1]))
		}
	}
	return out
}

package oidcauth

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/rate"
)

// facts is what may be told of a token, so that the provider's own log can be matched.
func (t *attempt) facts() TokenFacts {
	if t.token == nil {
		return TokenFacts{}
	}
	raw := func(claim string) string {
		v, _ := t.token.Claims.Get(claim)
		return clip(v.Raw())
	}
	h := t.token.Header
	return TokenFacts{
		Type: clip(h.Type), Algorithm: clip(h.Algorithm), KeyID: clip(h.KeyID), Issuer: clip(t.text("iss")), Audience: raw("aud"),
		ID: clip(t.text("jti")), IssuedAt: raw("iat"), Expires: raw("exp"), Claims: listed(t.token.Claims.Names()),
		KeySource: t.key().Source,
	}
}

// Refusals of one reason that are logged: at once, and then one an interval.
const (
	logBurst    = 100
	logInterval = 100 * time.Millisecond
)

// refusalLog bounds the records of each reason, so that no sender of bad tokens can flood the log.
type refusalLog struct {
	mu      sync.Mutex
	buckets map[Reason]*rate.Bucket
	dropped map[Reason]int
}

func newRefusalLog() *refusalLog {
	return &refusalLog{buckets: map[Reason]*rate.Bucket{}, dropped: map[Reason]int{}}
}

// allows tells whether one more may be logged, and how many were not since the last one.
func (l *refusalLog) allows(reason Reason, now time.Time) (dropped int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[reason]
	if b == nil {
		b = &rate.Bucket{Interval: logInterval, Burst: logBurst}
		l.buckets[reason] = b
	}
	if _, ok := b.Take(now); !ok {
		l.dropped[reason]++
		return 0, false
	}
	dropped = l.dropped[reason]
	delete(l.dropped, reason)
	return dropped, true
}

// log writes one record. Only a dependency's failure is an error: that level is not the sender's to fill, not by breaking
// requests off either.
func (a *Authenticator) log(ctx context.Context, d *Decision, e *Error, dropped int) {
	level := slog.LevelInfo
	if e.Reason.kind() == unavailable && !errors.Is(ctx.Err(), context.Canceled) {
		level = slog.LevelError
	}
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
	for _, f := range d.Faults()[1:] {
		others = append(others, string(f.Reason))
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

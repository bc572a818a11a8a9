package settings

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

func (w *Watcher) lookIfDue(ctx context.Context, patience time.Duration) {
	now := w.now()
	if now.UnixNano() < w.due.Load() || !w.mu.TryLock() {
		return
	}
	defer w.mu.Unlock()
	if now.UnixNano() < w.due.Load() { // another request has just looked
		return
	}
	w.look(ctx, now, patience)
	wait := lookInterval
	if !w.seen.decided {
		wait = settleInterval
	}
	w.due.Store(now.Add(wait).UnixNano())
	w.closeRetired(now)
}

// look compares the files with the last look. It decides about a new configuration at the second look that finds the same files.
func (w *Watcher) look(ctx context.Context, now time.Time, patience time.Duration) {
	if present := w.seen.files.again(); present.hash() != w.seen.hash {
		w.discard(w.seen)
		w.seen = w.read(w.active.Load().made, present.notRegular())
		return
	}
	if w.seen.decided {
		return
	}
	r := w.seen
	if r.err == nil && r.hash == w.active.Load().hash { // the files are again those of the configuration in use
		w.discard(r)
		w.conclude(ctx, r, nil, w.faulty)
		return
	}
	if r.err == nil && r.next == nil {
		if r.next, r.err = w.active.Load().auth.Next(r.made.Config); r.err == nil {
			r.rp, r.err = w.relyingParty(r.made, r.next)
		}
		r.until = now.Add(w.options.MaxWait)
	}
	switch {
	case r.err != nil:
		w.discard(r)
		w.conclude(ctx, r, r.err, true)
	case w.isReady(ctx, r.next, patience) || !now.Before(r.until):
		w.activate(r.next, r)
		w.conclude(ctx, r, nil, true)
	}
}

// isReady reports whether the keys of each issuer are in memory, except those that are missing now as well.
func (w *Watcher) isReady(ctx context.Context, next *oidcauth.Authenticator, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if next.Ready(ctx) == nil {
		return true
	}
	before := w.active.Load().auth.Status().Issuers
	for _, iss := range next.Status().Issuers {
		missing := func(b oidcauth.IssuerStatus) bool { return b.Issuer == iss.Issuer && !b.Ready }
		if !iss.Ready && !slices.ContainsFunc(before, missing) {
			return false
		}
	}
	return true
}

// activate makes a configuration the one in use.
func (w *Watcher) activate(auth *oidcauth.Authenticator, r *reading) {
	now := r.made.Config.Now
	if now == nil {
		now = time.Now
	}
	before := w.active.Swap(&activeConfiguration{auth, r.rp, r.made, r.hash, now})
	r.next, r.rp, r.made = nil, nil, nil
	if before != nil {
		w.retired = append(w.retired, retired{now().Add(closeAfter), before.made})
	}
}

// conclude ends the work on a reading. If tell is true, it reports the result.
func (w *Watcher) conclude(ctx context.Context, r *reading, fault error, tell bool) {
	r.decided, w.faulty = true, fault != nil
	if !tell {
		return
	}
	active := w.active.Load()
	told := decision.Reload{Source: w.file, Configuration: hex.EncodeToString(active.hash[:8])}
	if fault != nil {
		told.Fault = fault.Error()
	}
	active.auth.Reloaded(ctx, told)
}

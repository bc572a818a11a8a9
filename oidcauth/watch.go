package oidcauth

import (
	"context"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// minWatchWait is the shortest time between two verifications. Without it, Watch would loop if Config.Now stood still shortly
// before the token expires.
const minWatchWait = 100 * time.Millisecond

// Watch returns a context for a connection that outlasts the decision about its request, such as server-sent events or a
// WebSocket. The context ends when a new request with the same token would be refused, and [context.Cause] is then the [*Error]. It
// also ends with the context of the request. Call cancel when the connection is closed: it ends the goroutine of Watch.
//
// Call Watch for a request that [Authenticator.Handler] or Check has accepted. For a token that is bound to a key, Watch
// compares the proof or the certificate of the request again. It does not check again the age of the proof, its nonce and
// whether the proof was used before.
//
// Watch verifies the token at once, again at each [Config.WatchInterval], and when the token expires, at [Issuer.Leeway] after
// exp. Between two verifications, a revoked token, a logged out session and a disabled user are not noticed. If the provider
// revokes the token, [Introspection.MaxAge] is added to this delay. A dependency that fails ends the context only if it fails
// at two verifications in a row. Requirements of the application, such as scopes, are not checked again.
//
// A refusal that ends the context is logged, and OnEvent is called with it on the goroutine of Watch. Its decision has the ID
// of the decision that accepted the request. If code of the service panics on this goroutine, the context ends with the reason
// application_error.
func (a *Authenticator) Watch(r *http.Request) (ctx context.Context, cancel context.CancelFunc) {
	from, raw, fault := a.read(r)
	return a.watch(r.Context(), from, raw, fault)
}

// WatchToken is [Authenticator.Watch] for a token that arrives without an [http.Request], such as that of a gRPC stream.
func (a *Authenticator) WatchToken(ctx context.Context, p Presented) (watched context.Context, cancel context.CancelFunc) {
	from, raw, fault := a.readPresented(p)
	return a.watch(ctx, from, raw, fault)
}

func (a *Authenticator) watch(ctx context.Context, from requestInfo, raw string, fault *pipeline.Fault) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	from.request = nil // the request must not stay in memory as long as the connection
	w := &watch{a: a, from: from, raw: raw, sender: opening(from.sender)}
	w.from.sender = &pipeline.Sender{DPoP: w.sender.DPoP} // without the certificate and the header
	w.identity, _ = FromContext(ctx)
	if fault != nil {
		end(w.refused(ctx, a.engine.Begin(a.engine.Uncached(raw)), pipeline.BeforeSteps, fault))
	} else if wait, err := w.verify(ctx, false); err != nil {
		end(err)
	} else {
		go w.run(ctx, end, wait)
	}
	return ctx, func() { end(context.Canceled) }
}

// opening returns the proofs and the certificate of the request that opened the connection. It marks the proof as used, because
// the proof was stored when the request was accepted.
func opening(s *pipeline.Sender) *pipeline.Sender {
	var out pipeline.Sender
	if s != nil {
		out = *s
	}
	out.Used = true
	return &out
}

// watch is the repeated verification of one token.
type watch struct {
	a        *Authenticator
	from     requestInfo
	raw      string
	sender   *pipeline.Sender // proves possession for the connection
	identity *Identity        // the identity of the request; may be nil
	end      time.Time        // the exp of the token plus the leeway; zero if it has no exp
	failed   bool             // a dependency failed at the last verification
}

func (w *watch) run(ctx context.Context, end context.CancelCauseFunc, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		wait, err := w.verify(ctx, true)
		if err != nil {
			end(err)
			return
		}
		timer.Reset(wait)
	}
}

// verify returns the time until the next verification, or the error with which the connection must end. If patient is true, it
// tolerates the first failure of a dependency.
func (w *watch) verify(ctx context.Context, patient bool) (time.Duration, error) {
	w.a = w.a.successor()
	wait, err := guard.Reported(w.a.engine.Panics, "Watch", w.raw, func() (time.Duration, error) {
		look := w.a.engine.Lookup(w.raw)
		look.Sender = w.sender
		run := w.a.engine.Begin(look)
		at, fault := run.Verify(ctx)
		switch {
		case ctx.Err() != nil: // the context has ended, and may be the only cause of the fault
			return 0, context.Cause(ctx)
		case fault == nil:
			w.failed, w.end, w.sender = false, time.Time{}, &pipeline.Sender{Proved: true}
			if !run.Expiry.IsZero() {
				w.end = run.Expiry.Add(run.Rules.Leeway)
			}
		case patient && !w.failed && fault.Reason.Status() == http.StatusServiceUnavailable:
			w.failed = true
		default:
			return 0, w.refused(ctx, run, at, fault)
		}
		return w.wait(run.Now), nil
	})
	if p, panicked := err.(*guard.Panic); panicked { //nolint:errorlint // guard returns the panic itself
		return 0, &Error{Reason: reason.ApplicationError, Err: p, Detail: "the code of the service panicked", identity: w.identity}
	}
	return wait, err
}

func (w *watch) refused(ctx context.Context, run *pipeline.Run, at int, fault *pipeline.Fault) *Error {
	e := errorOf(fault)
	e.identity = w.identity
	t := &trace.Trace{Run: run, Header: w.from.header, Credentials: w.from.credentials}
	return w.a.refused(ctx, t, w.from, at, e, fault)
}

func (w *watch) wait(now time.Time) time.Duration {
	wait := w.a.config.WatchInterval
	if !w.end.IsZero() {
		wait = min(wait, w.end.Sub(now))
	}
	return max(wait, minWatchWait)
}

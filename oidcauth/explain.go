package oidcauth

import (
	"context"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Explain verifies a token like [Authenticator.Check], with the same verdict. The decision contains every step, every
// independent fault, and hints on how to fix the faults. After the first fault, Explain continues with the steps that need no
// network. UserInfo and the user store are asked only if the signature of the token verifies. Explain uses no cached
// verification, and writes no log record.
func (a *Authenticator) Explain(ctx context.Context, token string) *decision.Decision {
	return a.explainToken(ctx, token, false)
}

func (a *Authenticator) explainToken(ctx context.Context, token string, hide bool) *decision.Decision {
	from := requestInfo{credentials: []string{"Bearer " + token}}
	raw, _, fault := credential(from.credentials, false)
	if fault != nil {
		raw = token
	}
	return a.explain(ctx, raw, from, fault, hide)
}

// ExplainRequest is [Authenticator.Explain] for a request. It also checks the headers that contain the credentials, as
// [Authenticator.Check] does. It uses the context of the request.
func (a *Authenticator) ExplainRequest(r *http.Request) *decision.Decision {
	return a.explainRequest(r, false)
}

func (a *Authenticator) explainRequest(r *http.Request, hide bool) *decision.Decision {
	from, raw, fault := a.read(r)
	d := a.explain(r.Context(), raw, from, fault, hide)
	d.Method, d.Route = record.Short(from.method), record.Short(from.route)
	return d
}

// explain verifies a token without the cache, because a cached verification would omit steps. If fault is not nil, the credential was
// unreadable. If hide is true, personal values are redacted even if Config.ShowClaimValues is set.
func (a *Authenticator) explain(ctx context.Context, raw string, from requestInfo, fault *pipeline.Fault, hide bool) *decision.Decision {
	t := &trace.Trace{Run: a.engine.Begin(a.engine.Uncached(raw)), Header: from.header, Credentials: from.credentials, Request: from.request}
	t.HideClaimValues = hide
	if from.sender != nil {
		from.sender.Explained = true
		t.Sender = from.sender
	}
	at := pipeline.BeforeSteps
	if fault == nil {
		at, fault = t.VerifyUncached(ctx)
	}
	d := t.Decision(fault)
	t.Explain(ctx, d, at, fault, true)
	t.Hint(ctx, d, fault, true)
	d.Elapsed = time.Since(t.Began)
	return d
}

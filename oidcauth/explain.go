package oidcauth

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Explain judges a token as [Authenticator.Check] does, with the same verdict, and tells every step of it, every
// independent fault and the hints on them. What does not need the provider goes on after the first fault; UserInfo and
// the user store are asked only about a token whose signature was verified. It logs nothing.
func (a *Authenticator) Explain(ctx context.Context, token string) *decision.Decision {
	t := a.attempt(a.look(token))
	raw, fault := credential(http.Header{"Authorization": {"Bearer " + token}})
	at := beforeSteps
	if fault == nil {
		t.raw = raw
		at, fault = t.verify(ctx, len(steps)) // what is kept would hide what there is to see
	}
	if at == beforeSteps {
		t.header = []string{"Bearer " + token}
	}
	d := a.decision(t, fault)
	t.explain(ctx, d, at, fault, true)
	t.hint(ctx, d, fault, true)
	d.Elapsed = time.Since(t.began)
	return d
}

// beforeSteps is where an attempt stands whose bearer credential was refused.
const beforeSteps = -1

func (a *Authenticator) attempt(g glance) *attempt { return &attempt{auth: a, glance: g, form: signed} }

// run runs some of the steps, up to the first fault, which is the verdict; at is where it was found.
func (t *attempt) run(ctx context.Context, from, to int) (at int, fault *Error) {
	for i := from; i < to; i++ {
		if steps[i].of&t.form == 0 {
			continue
		}
		switch fault := steps[i].run(ctx, t); fault {
		case nil:
		case askAnew:
			t.forgetAnswer()
			i = asking - 1
		default:
			return i, fault
		}
	}
	return to, nil
}

// decision is the verdict without its explanation.
func (a *Authenticator) decision(t *attempt, fault *Error) *decision.Decision {
	d := &decision.Decision{
		ID: rand.Text(), Time: t.now, Accepted: fault == nil, Verified: t.known&verified != 0, Token: t.facts(),
		Elapsed: time.Since(t.began),
	}
	if t.issuer != nil {
		d.Issuer = t.issuer.URL
	}
	if fault != nil {
		d.Reason, d.Status = fault.Reason, fault.Status()
	}
	return d
}

// explain adds the steps, and runs those behind the first fault that are not just its consequence. Unless thorough,
// nobody is asked any more: the verdict is known.
func (t *attempt) explain(ctx context.Context, d *decision.Decision, at int, first *Error, thorough bool) {
	d.Steps = append(d.Steps, t.bearerStep(at, first))
	for i, s := range steps {
		if s.of&t.form == 0 {
			continue
		}
		var fault *Error
		switch lacking := s.needs &^ t.known; {
		case i == at:
			fault = first
		case at == beforeSteps:
			fault = abstain("not judged: there is no token")
		case i > at && lacking != 0:
			fault = abstain("not judged: " + lacking.String())
		case i > at:
			t.local = !thorough || s.asks&^t.known != 0
			fault = s.run(ctx, t)
		}
		d.Steps = append(d.Steps, t.step(s, fault))
	}
	d.Verified = t.known&verified != 0
	for i := range d.Steps[2:] {
		d.Steps[i+2].Unverified = !d.Verified && d.Steps[i+2].Outcome != decision.Skipped
	}
}

func (t *attempt) bearerStep(at int, first *Error) decision.Step {
	if at != beforeSteps {
		return decision.Step{Name: "bearer", Outcome: decision.Passed}
	}
	return t.step(step{name: "bearer"}, first)
}

func (t *attempt) step(s step, fault *Error) decision.Step {
	out := decision.Step{Name: s.name, Outcome: decision.Passed}
	switch {
	case fault == nil && s.name == "user" && t.auth.config.Users == nil:
		out.Outcome, out.Detail = decision.Skipped, "no user store is configured"
	case fault == nil:
		out.Detail = s.tell(t)
	case fault.Reason == "":
		out.Outcome, out.Detail = decision.Skipped, fault.Detail
	default:
		out.Outcome = decision.Failed
		for _, f := range append([]*Error{fault}, fault.also...) {
			t.redact(f)
			out.Faults = append(out.Faults, decision.Fault{Reason: f.Reason, Detail: f.detail()})
			t.faults = append(t.faults, f)
		}
	}
	switch {
	case s.name == "keys" && t.issuer != nil:
		out.Sources = t.keySources()
	case s.name == "claims" && t.known&resolved != 0:
		out.Claims = t.claimSources()
	}
	return out
}

func (k facts) String() string {
	names := []struct {
		facts
		name string
	}{
		{parsed, "the token cannot be read"},
		{issued, "its issuer is unknown"},
		{recent, "it expired long ago"},
		{signable, "its algorithm is refused"},
		{keyed, "there is no key"},
		{verified, "its signature is not verified"},
		{access, "it is no access token"},
		{resolved, "its claims are not resolved"},
		{nameable, "the claims that name the user are not there"},
	}
	if k&parsed != 0 {
		k &^= recent // nobody knows
	}
	var out []string
	for _, n := range names {
		if k&n.facts != 0 {
			out = append(out, n.name)
		}
	}
	return strings.Join(out, ", ")
}

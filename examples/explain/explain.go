package main

import (
	"context"
	"slices"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	document "github.com/knownbearer/knownbearer/oidcauth/settings"
)

func explain(ctx context.Context, o options, s streams) (int, error) {
	c, err := o.config()
	if err != nil {
		return usage, err
	}
	var last *decision.Decision
	c.OnEvent = func(_ context.Context, e decision.Event) {
		if e.Decision != nil {
			last = e.Decision
		}
	}
	auth, err := oidcauth.New(c)
	if err != nil {
		return usage, err
	}
	in, err := o.read(ctx, s)
	if err != nil {
		return usage, err
	}
	d := in.explain(ctx, auth)
	if d.Accepted && len(o.scopes) > 0 && !in.hasScopes(ctx, auth, o.scopes) {
		d = joined(d, last)
	}
	if o.settings != "" {
		d = inMembers(d)
	}
	status, p := refused, newPrinter(s.out, o)
	if d.Accepted {
		status = accepted
	}
	return status, p.explained(d, in.summary(), o.advice(d.Reason))
}

func (in input) explain(ctx context.Context, auth *oidcauth.Authenticator) *decision.Decision {
	if in.request != nil {
		return auth.ExplainRequest(in.request)
	}
	return auth.Explain(ctx, in.token.Value)
}

// hasScopes requires scopes as a route does. A refusal is reported to Config.OnEvent.
func (in input) hasScopes(ctx context.Context, auth *oidcauth.Authenticator, scopes []string) bool {
	var (
		id  *oidcauth.Identity
		err error
	)
	presented := oidcauth.Presented{Token: in.token.Value}
	if in.request != nil {
		id, err = auth.Check(in.request)
	} else {
		id, err = auth.CheckToken(ctx, presented)
	}
	if err == nil {
		err = id.RequireScopes(scopes...)
	}
	if err != nil {
		auth.RefuseToken(ctx, presented, err)
	}
	return err == nil
}

// joined returns the refusal of the route, with the steps that accepted the token.
func joined(accepted, refusal *decision.Decision) *decision.Decision {
	d := *refusal
	d.Token, d.Verified, d.Method, d.Issuer = accepted.Token, accepted.Verified, accepted.Method, accepted.Issuer
	d.Steps = slices.Concat(accepted.Steps, refusal.Steps)
	return &d
}

// inMembers returns a copy of a decision whose hints name the members of a settings document.
func inMembers(d *decision.Decision) *decision.Decision {
	named := *d
	named.Hints = slices.Clone(d.Hints)
	for i := range named.Hints {
		h := &named.Hints[i]
		h.Cause, h.Fix, h.Expected = document.InMembers(h.Cause), document.InMembers(h.Fix), document.InMembers(h.Expected)
	}
	return &named
}

func diagnose(ctx context.Context, o options, s streams) (int, error) {
	c, err := o.config()
	if err != nil {
		return usage, err
	}
	auth, err := oidcauth.New(c)
	if err != nil {
		return usage, err
	}
	status := accepted
	found := auth.Diagnose(ctx)
	for i, f := range found {
		if f.Outcome == decision.Failed {
			status = refused
		}
		if o.settings != "" {
			found[i].Text = document.InMembers(f.Text)
		}
	}
	return status, newPrinter(s.out, o).findings(found)
}

package oidcauth

import (
	"context"
	"fmt"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/page"
	"github.com/knownbearer/knownbearer/internal/pasted"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// DebugHandler returns a page for operators, in the manner of net/http/pprof. It groups the refusals of the last hour by cause, and shows
// the fix of each cause. It also shows the issuers and their keys, the caches, the deny list, the calls to providers, and the fault of a new
// configuration that is not used. It explains a pasted token or request as [Authenticator.Explain] does, and shows the refusal that has a
// given decision id.
//
// protect is your middleware that admits operators only, such as one that requires a role, or a client certificate. It protects
// each page. DebugHandler panics if protect is nil, or returns nil or the unprotected page itself. Mount the handler at a
// path that ends with a slash:
//
//	mux.Handle("/debug/auth/", auth.DebugHandler(operatorsOnly))
//
// A token is read only from the body of a POST, which another origin cannot send, and is not kept. The pasted text has at most
// 1 MiB. The pages have no script, load nothing, and forbid both by a Content-Security-Policy. Personal values are hidden. If
// Config.ShowClaimValues is set, the operator can choose to see them in a view.
//
// From the first call of DebugHandler, the Authenticator records its refusals: up to 1000 decisions of together at most 4 MiB, and
// counts of the last hour. Refusals beyond the limits of the Logger are counted only. Accepted requests are not recorded.
func (a *Authenticator) DebugHandler(protect func(http.Handler) http.Handler) http.Handler {
	if protect == nil {
		panic("oidcauth: DebugHandler needs a middleware that admits operators only")
	}
	a.history.Begin(a.config.Now())
	unprotected := page.NewHandler(debugSource{a})
	protected := protect(unprotected)
	if protected == nil || protected == http.Handler(unprotected) {
		panic("oidcauth: the middleware given to DebugHandler protects nothing")
	}
	return protected
}

// recentRefusals is the number of refusals in the list of the page.
const recentRefusals = 20

// debugSource gives the page the state of an Authenticator.
type debugSource struct{ *Authenticator }

func (s debugSource) Home(context.Context) page.Home {
	state := s.Status()
	out := page.Home{
		Now: state.Time, Snapshot: s.history.Snapshot(state.Time, recentRefusals), ShowsValues: s.config.ShowClaimValues,
		Denied: (*page.DenyList)(state.DenyList),
	}
	if state.Reload != nil && state.Reload.Fault != "" {
		out.ReloadFault = state.Reload.Fault
	}
	if s.config.ShowClaimValues {
		hideFaults(out.Fetches)
	}
	for _, iss := range state.Issuers {
		out.Issuers = append(out.Issuers, issuerOfPage(iss))
	}
	for _, c := range state.Caches {
		out.Caches = append(out.Caches, page.Cache(c))
	}
	return out
}

func issuerOfPage(s IssuerStatus) page.Issuer {
	out := page.Issuer{URL: s.Issuer, Audience: s.Audience, Ready: s.Ready, Keyless: s.Keyless}
	for _, k := range s.KeySources {
		source := page.KeySource{
			Origin: k.Origin, Source: k.Source, Notes: k.Notes, Fetched: k.Fetched, Stale: k.Stale, Fault: k.Fault, NextFetch: k.NextFetch, Waiting: k.Waiting,
		}
		for _, key := range k.Keys {
			source.Keys = append(source.Keys, page.Key(key))
		}
		out.Sources = append(out.Sources, source)
	}
	for _, e := range []struct {
		name  string
		stats *provider.EndpointStats
	}{{"userinfo", s.UserInfo}, {"introspection", s.Introspection}} {
		if e.stats != nil {
			out.Endpoints = append(out.Endpoints, page.Endpoint{Name: e.name, Calls: e.stats.Calls, Failures: e.stats.Failures, Refused: e.stats.Refused, Open: e.stats.Open})
		}
	}
	return out
}

func (s debugSource) Explain(ctx context.Context, text string, show bool) (page.Result, error) {
	found, err := pasted.Read(text)
	if err != nil {
		return page.Result{}, err
	}
	values := s.values(show)
	out := page.Result{Now: s.config.Now(), Source: "pasted text, read as " + string(found.Kind), Read: found.Ignored, Values: values}
	hide := values != page.ValuesShown
	if r := found.HTTPRequest(ctx); r != nil {
		out.Decision = s.explainRequest(r, hide)
		return out, nil
	}
	if len(found.Tokens) == 0 {
		return page.Result{}, pasted.ErrNoToken
	}
	if len(found.Tokens) > 1 {
		out.Read = append(out.Read, fmt.Sprintf("The text contains %d tokens. The first one (%s) is examined.", len(found.Tokens), found.Tokens[0].Name))
	}
	out.Decision = s.explainToken(ctx, found.Tokens[0].Value, hide)
	return out, nil
}

func (s debugSource) Decision(id string, show bool) (page.Result, bool) {
	d, values := s.history.Decision(id), s.values(show)
	if d == nil {
		return page.Result{}, false
	}
	if values == page.ValuesHidden {
		hideValues(d)
	}
	return page.Result{Now: s.config.Now(), Decision: d, Source: "the refusals that this process recorded", Stored: true, Values: values}, true
}

func (s debugSource) values(show bool) page.Values {
	switch {
	case !s.config.ShowClaimValues:
		return page.ValuesOff
	case show:
		return page.ValuesShown
	}
	return page.ValuesHidden
}

// hideValues removes all texts that may contain a personal value from a decision that was made with Config.ShowClaimValues. Hints
// never contain such values.
func hideValues(d *decision.Decision) {
	d.Token.Subject = ""
	for i := range d.Steps {
		s := &d.Steps[i]
		if s.Name == "user" {
			s.Detail = hiddenUnlessEmpty(s.Detail)
		}
		for j := range s.Faults {
			s.Faults[j].Detail = hiddenUnlessEmpty(s.Faults[j].Detail)
		}
		for j := range s.Claims {
			if c := &s.Claims[j]; !record.Impersonal(c.Name) {
				c.Value = hiddenUnlessEmpty(c.Value)
			}
		}
	}
}

// hideFaults removes the errors that may contain a personal value. Those of calls that concern no user remain.
func hideFaults(fetches []decision.Event) {
	for i, e := range fetches {
		switch f := *e.Fetch; f.Endpoint {
		case decision.EndpointDiscovery, decision.EndpointKeys:
		default:
			f.Fault = hiddenUnlessEmpty(f.Fault)
			fetches[i].Fetch = &f
		}
	}
}

func hiddenUnlessEmpty(s string) string {
	if s == "" {
		return ""
	}
	return record.Hidden
}

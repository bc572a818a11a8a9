package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/usermap"
)

// Diagnose looks at everything that has to work: discovery and its issuer, keys, the provider's clock, UserInfo,
// introspection and the user store, and at configuration that is legal but risky. It asks each of them once, within the usual
// bounds; the last three are asked about a user who does not exist. It returns all findings, good ones too.
func Diagnose(ctx context.Context, s pipeline.Settings) []decision.Finding {
	found := make([][]decision.Finding, len(s.Issuers)+1)
	var wg sync.WaitGroup
	for i, rules := range s.Issuers {
		wg.Go(func() { found[i] = diagnose(ctx, issuer{rules}, s) })
	}
	wg.Go(func() { found[len(s.Issuers)] = diagnoseUsers(ctx, s) })
	wg.Wait()
	return slices.Concat(found...)
}

// doctor collects the findings on one issuer.
type doctor struct {
	issuer
	pipeline.Settings
	found []decision.Finding
}

func (d *doctor) add(s decision.Severity, subject, format string, args ...any) {
	d.found = append(d.found, decision.Finding{Severity: s, Issuer: d.URL, Subject: subject, Text: fmt.Sprintf(format, args...)})
}

func diagnose(ctx context.Context, iss issuer, s pipeline.Settings) []decision.Finding {
	d := &doctor{issuer: iss, Settings: s}
	d.guarded("configuration", d.configuration)
	d.guarded("keys", func() { d.keySources(ctx) })
	d.guarded("discovery", func() { d.metadata(ctx, s.Time) })
	d.guarded("userinfo", func() { d.askUserInfo(ctx) })
	d.guarded("introspection", func() { d.askIntrospection(ctx) })
	return d.found
}

// guarded makes a finding of a panic in code of the service, which no one else could recover on this goroutine.
func (d *doctor) guarded(subject string, look func()) {
	if _, err := guard.Reported(d.Settings.Panics, subject, probe, func() (any, error) { look(); return nil, nil }); err != nil {
		d.add(decision.Failing, subject, "%v", err)
	}
}

func (d *doctor) configuration() {
	risks := slices.Concat(d.searchWarnings(d.Users), d.tenantWarnings(), d.productWarnings(), d.insecurities())
	for _, text := range risks {
		d.add(decision.Risky, "configuration", "%s", text)
	}
	if len(risks) == 0 {
		d.add(decision.Fine, "configuration", "nothing risky")
	}
}

func (iss issuer) insecurities() []string {
	var out []string
	for name, set := range map[string]bool{
		"InsecureSkipAudience: tokens for other services are accepted":                            iss.InsecureSkipAudience,
		"InsecureIgnoreConfirmation: a stolen key-bound token is accepted from anybody":           iss.InsecureIgnoreConfirmation,
		"InsecureIDTokenAsAccessToken: tokens that tell a client who logged in are accepted here": iss.IDTokenIsAccessToken,
		"Introspection.InsecureByUserInfo: opaque tokens of every client are accepted":            iss.InsecureOpaqueByUserInfo,
		"Introspection.InsecureWithoutAudience: opaque tokens for other services may be accepted": iss.InsecureIntrospectionWithoutAudience,
		"Introspection.InsecureWithoutTokenType: refresh tokens may be accepted":                  iss.InsecureIntrospectionWithoutTokenType,
	} {
		if set {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (d *doctor) keySources(ctx context.Context) {
	if !d.UsesKeys() {
		d.add(decision.Fine, "keys", "none is needed: introspection is asked about every token")
		return
	}
	err := d.refresh(ctx)
	algorithms := d.algorithmsHeld()
	switch {
	case len(algorithms) > 0:
		d.add(decision.Fine, "keys", "tokens can be verified under %s", strings.Join(algorithms, ", "))
	case d.SignsNothing():
		d.add(decision.Fine, "keys", "the provider publishes none: it is asked about opaque tokens, and its JWTs are refused")
		return
	default:
		d.add(decision.Failing, "keys", "no key is held that could verify a token: %s", orNothing(err))
	}
	for _, report := range d.Reports() {
		severity := decision.Fine
		if report.Err != nil || len(report.Notes) > 0 || report.Stale || len(report.Held) == 0 {
			severity = decision.Risky
		}
		d.add(severity, "keys", "%s", trace.SourceOf(report))
	}
}

func orNothing(err error) string {
	if err == nil {
		return "the sources are empty"
	}
	return told(err)
}

// told is the text of an error, and what to do where a certificate is its cause.
func told(err error) string {
	if advice := hints.CertificateAdvice(err); advice != "" {
		return trace.OneLine(err.Error()) + ". " + advice
	}
	return trace.OneLine(err.Error())
}

// metadata reads the discovery document even where keys come from elsewhere: a wrong one is found before it is needed.
func (d *doctor) metadata(ctx context.Context, now func() time.Time) {
	url := d.DiscoveryURL
	if url == "" {
		url = discovery.URL(d.URL)
	}
	if err := fetch.CheckURL(url); err != nil {
		d.add(decision.Fine, "discovery", "none: the issuer is no URL that may be fetched")
		return
	}
	asked := now()
	m, err := discovery.Fetch(ctx, fetch.NewClient(d.HTTPClient), url, d.URL)
	switch {
	case errors.Is(err, discovery.ErrIssuer):
		d.add(decision.Failing, "discovery", "the document is another issuer's: %s", told(err))
	case err != nil && (d.anyHeld() || !d.UsesKeys()):
		d.add(decision.Risky, "discovery", "%s", told(err))
	case err != nil:
		d.add(decision.Failing, "discovery", "%s", told(err))
	case m.JWKSURI == "":
		d.add(decision.Fine, "discovery", "%s names no keys", url)
	default:
		d.add(decision.Fine, "discovery", "%s names keys at %s", fetch.Display(url), fetch.Display(m.JWKSURI))
	}
	if err == nil && !m.Date.IsZero() {
		d.clock(m.Date.Sub(asked).Round(time.Second))
	}
}

// drift that is no delay of the network any more.
const drift = 10 * time.Second

func (d *doctor) clock(ahead time.Duration) {
	severity := decision.Fine
	switch off := ahead.Abs(); {
	case off > d.Leeway && off > drift:
		severity = decision.Failing
	case off > drift:
		severity = decision.Risky
	}
	side := "ahead of"
	if ahead < 0 {
		side = "behind"
	}
	d.add(severity, "clock", "the provider's is %s %s this service's; the leeway is %s", ahead.Abs(), side, d.Leeway)
}

// probe is a token that no provider issues.
const probe = "knownbearer-diagnose"

func (d *doctor) askUserInfo(ctx context.Context) {
	if d.UserInfo == nil {
		d.add(decision.Fine, "userinfo", "not configured")
		return
	}
	_, err := d.UserInfo.UserInfo(ctx, probe)
	var refused *claims.RefusedError
	switch {
	case errors.As(err, &refused):
		d.add(decision.Fine, "userinfo", "it answers, and refuses a made-up token with status %d", refused.Status)
	case err != nil:
		d.add(decision.Failing, "userinfo", "%s", told(err))
	default:
		d.add(decision.Failing, "userinfo", "it accepts a made-up token")
	}
}

func (d *doctor) askIntrospection(ctx context.Context) {
	if d.Introspector == nil {
		return
	}
	set, err := d.Introspector.Introspect(ctx, probe)
	switch {
	case pipeline.IsInactive(set, err):
		d.add(decision.Fine, "introspection", "it answers, and does not know a made-up token")
	case err != nil:
		d.add(decision.Failing, "introspection", "%s", told(err))
	default:
		d.add(decision.Failing, "introspection", "a made-up token is active")
	}
}

func diagnoseUsers(ctx context.Context, s pipeline.Settings) []decision.Finding {
	finding := func(s decision.Severity, format string, args ...any) []decision.Finding {
		return []decision.Finding{{Severity: s, Subject: "users", Text: fmt.Sprintf(format, args...)}}
	}
	if s.Users == nil {
		return finding(decision.Fine, "no user store is configured: everyone with a good token is let in")
	}
	iss := s.Issuers[0]
	found, err := guard.Reported(s.Panics, "users", probe, func() ([]usermap.User, error) {
		return s.Users.FindUsers(ctx, usermap.Query{
			Issuer: iss.URL, Claim: iss.Search.String(), Subject: probe, Value: probe + rand.Text(),
		})
	})
	switch {
	case err != nil:
		return finding(decision.Failing, "the lookup fails: %s", trace.OneLine(err.Error()))
	case len(found) > 0:
		return finding(decision.Failing, "the lookup finds %d user(s) for a value that no user has", len(found))
	}
	return finding(decision.Fine, "the lookup answers, and finds no user for a made-up value")
}

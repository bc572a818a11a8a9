package doctor

import (
	"context"
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
)

// Diagnose checks the configuration for risky settings, and then discovery and its issuer, the keys, the provider's clock,
// UserInfo, introspection and the user store. It calls each of them once, within the usual limits. It calls the last three
// with a token or a user that does not exist. It returns all findings, including good ones.
func Diagnose(ctx context.Context, s pipeline.Settings) []decision.Finding {
	stores := userStores(s.Issuers)
	found := make([][]decision.Finding, len(s.Issuers)+len(stores))
	var wg sync.WaitGroup
	for i, rules := range s.Issuers {
		wg.Go(func() { found[i] = diagnose(ctx, issuer{rules}, s) })
	}
	for i, rules := range stores {
		wg.Go(func() { found[len(s.Issuers)+i] = diagnoseUsers(ctx, rules, s.Panics) })
	}
	wg.Wait()
	return slices.Concat(found...)
}

// doctor collects the findings about one issuer.
type doctor struct {
	issuer
	pipeline.Settings
	found []decision.Finding
}

func (d *doctor) add(s decision.Outcome, subject, format string, args ...any) {
	d.found = append(d.found, decision.Finding{Outcome: s, Issuer: d.URL, Subject: subject, Text: fmt.Sprintf(format, args...)})
}

// diagnose returns the findings about one issuer.
func diagnose(ctx context.Context, iss issuer, s pipeline.Settings) []decision.Finding {
	d := &doctor{issuer: iss, Settings: s}
	d.guarded("configuration", d.checkSettings)
	d.guarded("keys", func() { d.checkKeys(ctx) })
	d.guarded("discovery", func() { d.checkDiscovery(ctx, s.Time) })
	d.guarded("userinfo", func() { d.checkUserInfo(ctx) })
	d.guarded("introspection", func() { d.checkIntrospection(ctx) })
	return d.found
}

// guarded turns a panic of the application's code into a finding. Only this goroutine can recover the panic.
func (d *doctor) guarded(subject string, check func()) {
	if _, err := guard.Reported(d.Settings.Panics, subject, probe, func() (any, error) { check(); return nil, nil }); err != nil {
		d.add(decision.Failed, subject, "%v", err)
	}
}

func (d *doctor) checkSettings() {
	risks := slices.Concat(d.searchWarnings(), d.tenantWarnings(), d.productWarnings(), d.insecureSettings())
	for _, r := range risks {
		d.add(decision.Risky, "configuration", "%s", r.text)
		d.found[len(d.found)-1].Mends = r.mends
	}
	if len(risks) == 0 {
		d.add(decision.Passed, "configuration", "No setting is risky.")
	}
}

// insecureSettings describes each Insecure… setting that is true.
func (iss issuer) insecureSettings() []risk {
	var out []risk
	for _, row := range []struct {
		enabled       bool
		setting, text string
	}{
		{iss.InsecureSkipAudience, "InsecureSkipAudience", "accepts tokens that were issued for other services. Set it to false, and list this API in Issuer.Audience."},
		{iss.InsecureIgnoreConfirmation, "InsecureIgnoreConfirmation", "accepts a stolen token although it is bound to a key. Set it to false, and have clients request plain bearer tokens."},
		{iss.IDTokenIsAccessToken && !iss.ConfirmByUserInfo, "InsecureIDTokenAsAccessToken", "accepts ID tokens, which are only for the client. Set it to false, and have clients send access tokens."},
		{iss.ConfirmByUserInfo, "InsecureSkipIDTokenCheck", "accepts tokens that look like ID tokens, if UserInfo accepts them. Set it to false if the provider can issue plain access tokens."},
		{iss.InsecureOpaqueByUserInfo, "Introspection.InsecureByUserInfo", "accepts opaque tokens of every client. Set Issuer.Introspection.Client instead."},
		{iss.InsecureIntrospectionWithoutAudience, "Introspection.InsecureWithoutAudience", "may accept opaque tokens for other services. Set it to false, and have the provider include aud in its answers."},
		{iss.InsecureIntrospectionWithoutTokenType, "Introspection.InsecureWithoutTokenType", "may accept refresh tokens. Set it to false, and have the provider include token_type in its answers."},
	} {
		if row.enabled {
			out = append(out, risk{"Issuer." + row.setting + " " + row.text, []decision.Mend{iss.without(row.setting)}})
		}
	}
	slices.SortFunc(out, func(a, b risk) int { return strings.Compare(a.text, b.text) })
	return out
}

func (d *doctor) checkKeys(ctx context.Context) {
	if !d.UsesKeys() {
		d.add(decision.Passed, "keys", "No key is needed, because every token is introspected.")
		return
	}
	err := d.refresh(ctx)
	algorithms := d.usableAlgorithms()
	switch {
	case len(algorithms) > 0:
		d.add(decision.Passed, "keys", "Tokens can be verified with %s.", strings.Join(algorithms, ", "))
	case d.HasNoKeySet():
		d.add(decision.Passed, "keys", "The provider publishes no keys. Its opaque tokens are introspected, and its JWTs are refused.")
		return
	case err == nil && IsReady(d.Rules, d.Reports()):
		d.add(decision.Passed, "keys", "Each key is fetched when a token first names it. No token was verified yet.")
		return
	default:
		d.addError(decision.Failed, "keys", err, "No token can be verified, because there is no usable key: %s Check Issuer.Keys, or that the provider answers at the URL of its keys.", whyNoKeys(err))
	}
	for _, report := range d.Reports() {
		severity := decision.Passed
		if report.Err != nil || len(report.Notes) > 0 || report.Stale || len(report.Held) == 0 {
			severity = decision.Risky
		}
		d.add(severity, "keys", "%s", trace.SourceOf(report))
	}
}

func whyNoKeys(err error) string {
	if err == nil {
		return "the key sources are empty."
	}
	return errorText(err)
}

// addError adds a finding about an error. If the server's TLS certificate is of an unknown authority, the mend trusts the authority.
func (d *doctor) addError(s decision.Outcome, subject string, err error, format string, args ...any) {
	d.add(s, subject, format, args...)
	if hints.CertificateFault(err) == hints.UnknownAuthority {
		d.found[len(d.found)-1].Mends = []decision.Mend{hints.TrustsAuthority(d.URL)}
	}
}

// errorText returns the text of an error in one line that ends in a full stop. If a TLS certificate is its cause, the fix
// follows.
func errorText(err error) string {
	text := sentence(err)
	if fix := hints.CertificateAdvice(err); fix != "" {
		text += " " + fix
	}
	return text
}

// sentence returns the text of an error in one line that ends in a full stop.
func sentence(err error) string { return strings.TrimSuffix(trace.OneLine(err.Error()), ".") + "." }

// checkDiscovery reads the discovery document even if the keys come from another source, so that a wrong document is found
// before it is needed.
func (d *doctor) checkDiscovery(ctx context.Context, now func() time.Time) {
	url := d.DiscoveryURL
	if url == "" {
		url = discovery.URL(d.URL)
	}
	if err := fetch.CheckURL(url); err != nil {
		d.add(decision.Passed, "discovery", "There is no discovery document, because the issuer is not a URL that may be fetched.")
		return
	}
	sent := now()
	m, err := discovery.Fetch(ctx, fetch.NewClient(d.HTTPClient), url, d.URL)
	switch {
	case errors.Is(err, discovery.ErrIssuer):
		d.addError(decision.Failed, "discovery", err, "The discovery document names another issuer: %s Set Issuer.URL to exactly the issuer in your provider's document.", errorText(err))
	case err != nil && (d.hasKeys() || !d.UsesKeys()):
		d.addError(decision.Risky, "discovery", err, "The discovery document cannot be read, but it is not needed for keys now: %s", errorText(err))
	case err != nil:
		d.addError(decision.Failed, "discovery", err, "The discovery document cannot be read: %s Check Issuer.URL and Issuer.DiscoveryURL.", errorText(err))
	case m.JWKSURI == "":
		d.add(decision.Passed, "discovery", "The document at %s has no jwks_uri.", url)
	default:
		d.add(decision.Passed, "discovery", "The document at %s has the jwks_uri %s.", fetch.Display(url), fetch.Display(m.JWKSURI))
	}
	if err == nil && !m.Date.IsZero() {
		d.checkClock(m.Date.Sub(sent).Round(time.Second))
	}
}

// maxDelay is the greatest difference of clocks that a slow network can explain.
const maxDelay = 10 * time.Second

func (d *doctor) checkClock(ahead time.Duration) {
	severity := decision.Passed
	switch difference := ahead.Abs(); {
	case difference > d.Leeway && difference > maxDelay:
		severity = decision.Failed
	case difference > maxDelay:
		severity = decision.Risky
	}
	relation := "ahead of"
	if ahead < 0 {
		relation = "behind"
	}
	text := fmt.Sprintf("The clock of the provider is %s %s the clock of this service. The leeway is %s.", ahead.Abs(), relation, d.Leeway)
	if severity != decision.Passed {
		text += " Synchronise both clocks by NTP."
	}
	d.add(severity, "clock", "%s", text)
}

// probe is a token and a subject that no provider issues.
const probe = "knownbearer-diagnose"

func (d *doctor) checkUserInfo(ctx context.Context) {
	if d.UserInfo == nil {
		d.add(decision.Passed, "userinfo", "UserInfo is not configured.")
		return
	}
	_, err := d.UserInfo.UserInfo(ctx, probe)
	var refused *claims.RefusedError
	switch {
	case errors.As(err, &refused):
		d.add(decision.Passed, "userinfo", "UserInfo refuses an invented token with status %d, as it should.", refused.Status)
	case err != nil:
		d.addError(decision.Failed, "userinfo", err, "UserInfo gives no usable answer: %s", errorText(err))
	default:
		d.add(decision.Failed, "userinfo", "UserInfo accepts an invented token. Check the URL of the UserInfo endpoint.")
	}
}

func (d *doctor) checkIntrospection(ctx context.Context) {
	if d.Introspector == nil {
		return
	}
	set, err := d.Introspector.Introspect(ctx, probe)
	switch {
	case pipeline.IsInactive(set, err):
		d.add(decision.Passed, "introspection", "Introspection reports an invented token as inactive, as it should.")
	case err != nil:
		d.addError(decision.Failed, "introspection", err, "Introspection gives no usable answer: %s", errorText(err))
	default:
		d.add(decision.Failed, "introspection", "Introspection reports an invented token as active. Check the URL of the introspection endpoint.")
	}
}

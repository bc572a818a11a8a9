package otelauth

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/knownbearer/knownbearer/internal/series"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

const scope = "github.com/knownbearer/knownbearer/oidcauth/otelauth"

// The attributes. OpenTelemetry's semantic conventions have no names for decisions about a token.
const (
	issuerKey     = attribute.Key("oidcauth.issuer")     // as configured, or empty if it is unknown
	resultKey     = attribute.Key("oidcauth.result")     // accepted or refused, and that of a call, a revocation or a reload
	reasonKey     = attribute.Key("oidcauth.reason")     // of a refusal
	cachedKey     = attribute.Key("oidcauth.cached")     // whether the token was in the cache of verified tokens
	hintsKey      = attribute.Key("oidcauth.hints")      // the codes of the known causes
	hintKey       = attribute.Key("oidcauth.hint")       // one code
	causeKey      = attribute.Key("oidcauth.hint.cause") // in words
	fixKey        = attribute.Key("oidcauth.hint.fix")
	decisionKey   = attribute.Key("oidcauth.decision.id") // leads to the log record
	laterKey      = attribute.Key("oidcauth.later")       // the token was accepted before
	endpointKey   = attribute.Key("oidcauth.endpoint")
	changeKey     = attribute.Key("oidcauth.shadow.change")
	atProviderKey = attribute.Key("oidcauth.at_provider")
	durationKey   = attribute.Key("oidcauth.duration")         // in seconds
	statusKey     = attribute.Key("http.response.status_code") // a name of the semantic conventions
	userKey       = attribute.Key("user.id")                   // likewise
)

// Options configures a [Telemetry]. The zero Options has the defaults.
type Options struct {
	// MeterProvider makes the instruments. If nil, it is the global one.
	MeterProvider metric.MeterProvider
}

// Telemetry records events in the current span and in metrics. [New] makes one. It is safe for concurrent use.
type Telemetry struct {
	meter metric.Meter

	decisions, laterRefusals, hints metric.Int64Counter
	revocations, logouts, reloads   metric.Int64Counter
	signIns, refreshes, signOuts    metric.Int64Counter
	shadowChanges                   metric.Int64Counter
	duration, fetchDuration         metric.Float64Histogram

	seen series.Made[options]
}

// options hold the attributes of a verdict.
type options struct {
	count    []metric.AddOption
	duration []metric.RecordOption
}

var (
	decisionBuckets = []float64{1e-6, 4e-6, 16e-6, 64e-6, 256e-6, 1e-3, 4e-3, 16e-3, 64e-3, 0.25, 1, 4, 16}
	fetchBuckets    = []float64{1e-3, 2e-3, 4e-3, 8e-3, 16e-3, 32e-3, 64e-3, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16}
)

// New makes the instruments. If one cannot be made, the error handler of OpenTelemetry gets the error, and the instrument records
// nothing.
func New(o Options) *Telemetry {
	if o.MeterProvider == nil {
		o.MeterProvider = otel.GetMeterProvider()
	}
	m := o.MeterProvider.Meter(scope)
	counter := func(name, unit, description string) metric.Int64Counter {
		return made(m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description)))
	}
	histogram := func(name, description string, buckets []float64) metric.Float64Histogram {
		return made(m.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description), metric.WithExplicitBucketBoundaries(buckets...)))
	}
	t := &Telemetry{
		meter:         m,
		decisions:     counter("oidcauth.decisions", "{request}", "Requests by the decision about their token."),
		laterRefusals: counter("oidcauth.later_refusals", "{request}", "Refusals of requests and connections whose token was accepted before."),
		hints:         counter("oidcauth.hints", "{hint}", "Known causes of refusals."),
		revocations:   counter("oidcauth.revocations", "{revocation}", "Calls of Revoke."),
		logouts:       counter("oidcauth.logouts", "{logout}", "Back-channel logouts that ended sessions."),
		signIns:       counter("oidcauth.sign_ins", "{login}", "Logins that were accepted. Refused ones are decisions."),
		refreshes:     counter("oidcauth.refreshes", "{refresh}", "Refreshes after which a session went on."),
		signOuts:      counter("oidcauth.sign_outs", "{session}", "Sessions that ended before their time."),
		reloads:       counter("oidcauth.reloads", "{reload}", "Configurations that were read again."),
		shadowChanges: counter("oidcauth.shadow.changes", "{request}", "Requests that the shadow configuration would decide otherwise, or cannot judge."),
		duration:      histogram("oidcauth.decision.duration", "Time of a decision about a token.", decisionBuckets),
		fetchDuration: histogram("oidcauth.fetch.duration", "Time of a call to a provider or to the user store.", fetchBuckets),
	}
	t.seen.Make = optionsOf
	return t
}

// made reports the error of an instrument, which is usable in any case.
func made[T any](instrument T, err error) T {
	if err != nil {
		otel.Handle(err)
	}
	return instrument
}

// OnEvent records an event. It is for Config.OnEvent.
func (t *Telemetry) OnEvent(ctx context.Context, e decision.Event) {
	record(ctx, e)
	with := func(a ...attribute.KeyValue) metric.MeasurementOption {
		return metric.WithAttributes(append(a, issuerKey.String(series.Text(e.Issuer)))...)
	}
	switch e.Kind {
	case decision.Accepted, decision.Refused:
		t.countDecision(ctx, e)
	case decision.Revoked:
		t.revocations.Add(ctx, 1, with(resultKey.String(series.Success(e.Revocation.Fault)), atProviderKey.String(series.Outcome(e.Revocation.AtProvider))))
	case decision.LoggedOut:
		t.logouts.Add(ctx, 1, with())
	case decision.SignedIn:
		t.signIns.Add(ctx, 1, with())
	case decision.Refreshed:
		t.refreshes.Add(ctx, 1, with())
	case decision.SignedOut:
		t.signOuts.Add(ctx, 1, with(why(series.SignOut(e.SignOut))...))
	case decision.Reloaded:
		t.reloads.Add(ctx, 1, metric.WithAttributes(resultKey.String(series.Success(e.Reload.Fault))))
	case decision.Shadowed:
		change, because := series.Shadow(e.Shadow)
		t.shadowChanges.Add(ctx, 1, with(append(why(because), changeKey.String(change))...))
	case decision.Fetched:
		t.fetchDuration.Record(ctx, e.Fetch.Elapsed.Seconds(),
			with(endpointKey.String(series.Endpoint(e.Fetch.Endpoint)), resultKey.String(series.Result(e.Fetch.Result))))
	}
}

func (t *Telemetry) countDecision(ctx context.Context, e decision.Event) {
	for _, h := range e.Decision.Hints {
		t.hints.Add(ctx, 1, metric.WithAttributes(hintKey.String(h.Code)))
	}
	v := series.VerdictOf(e)
	if e.Decision.AfterAcceptance {
		t.laterRefusals.Add(ctx, 1, metric.WithAttributes(attributesOf(v)...))
		return
	}
	o := t.seen.Of(v)
	t.decisions.Add(ctx, 1, o.count...)
	t.duration.Record(ctx, e.Decision.Elapsed.Seconds(), o.duration...)
}

func optionsOf(v series.Verdict) options {
	result := resultKey.String(v.Result)
	return options{
		[]metric.AddOption{metric.WithAttributeSet(attribute.NewSet(append(attributesOf(v), result)...))},
		[]metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(issuerKey.String(v.Issuer), result, cachedKey.Bool(v.Cached)))},
	}
}

// attributesOf returns the attributes of the issuer and of a refusal.
func attributesOf(v series.Verdict) []attribute.KeyValue {
	out := []attribute.KeyValue{issuerKey.String(v.Issuer)}
	if v.Reason != "" {
		out = append(out, reasonKey.String(v.Reason), statusKey.Int(v.Status))
	}
	return out
}

// why returns the attribute of a reason, unless there is none.
func why(r string) []attribute.KeyValue {
	if r == "" {
		return nil
	}
	return []attribute.KeyValue{reasonKey.String(r)}
}

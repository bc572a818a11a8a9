package promauth

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/knownbearer/knownbearer/internal/series"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Metrics counts the events of an Authenticator, and reads its state when it is collected. [New] makes one. It is safe for
// concurrent use.
type Metrics struct {
	auth atomic.Pointer[oidcauth.Authenticator]

	decisions, laterRefusals, hints *prometheus.CounterVec
	revocations, logouts, reloads   *prometheus.CounterVec
	shadowChanges                   *prometheus.CounterVec
	signIns, refreshes, signOuts    *prometheus.CounterVec
	fetches                         *prometheus.CounterVec
	duration, fetchDuration         *prometheus.HistogramVec

	seen series.Made[counted]
}

// counted holds the series of a verdict.
type counted struct {
	count    prometheus.Counter
	duration prometheus.Observer
}

var _ prometheus.Collector = (*Metrics)(nil)

// The buckets begin with the time of a cached token and end with the longest time that a request waits for a provider.
var (
	decisionBuckets = prometheus.ExponentialBuckets(1e-6, 4, 13) // 1 µs to 17 s
	fetchBuckets    = prometheus.ExponentialBuckets(1e-3, 2, 15) // 1 ms to 16 s
)

// New registers the metrics. If r is nil, they are not registered. The error is that of the registerer.
func New(r prometheus.Registerer) (*Metrics, error) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + name, Help: help, Buckets: buckets}, labels)
	}
	m := &Metrics{
		decisions: counter("decisions_total", "Requests by the decision about their token. Reason and status are empty if the token is accepted.",
			"issuer", "result", "reason", "status"),
		laterRefusals: counter("later_refusals_total", "Refusals of requests and connections whose token was accepted before.",
			"issuer", "reason", "status"),
		hints: counter("hints_total", "Known causes of refusals.", "code"),
		revocations: counter("revocations_total", "Calls of Revoke, by what Revoke returned and by the result at the provider.",
			"issuer", "result", "at_provider"),
		logouts:   counter("logouts_total", "Back-channel logouts that ended sessions.", "issuer"),
		signIns:   counter("sign_ins_total", "Logins that were accepted. Refused ones are decisions.", "issuer"),
		refreshes: counter("refreshes_total", "Refreshes after which a session went on.", "issuer"),
		signOuts:  counter("sign_outs_total", "Sessions that ended before their time. Reason is empty if the user signed out here.", "issuer", "reason"),
		reloads:   counter("reloads_total", "Configurations that were read again.", "result"),
		shadowChanges: counter("shadow_changes_total", "Requests that the shadow configuration would decide otherwise, or cannot judge.",
			"issuer", "change", "reason"),
		fetches: counter("fetches_total", "Calls to providers and to the user store.", "issuer", "endpoint", "result"),
		duration: histogram("decision_duration_seconds", "Time of a decision about a token.",
			decisionBuckets, "issuer", "result", "cached"),
		fetchDuration: histogram("fetch_duration_seconds", "Time of a call to a provider or to the user store.",
			fetchBuckets, "issuer", "endpoint"),
	}
	m.seen.Make = m.seriesOf
	if r == nil {
		return m, nil
	}
	if err := r.Register(m); err != nil {
		return nil, errors.Join(errors.New("promauth: the metrics cannot be registered"), err)
	}
	return m, nil
}

// Observe adds the state of the Authenticator to the metrics. If another one was observed before, auth replaces it. The counters of
// its issuers begin at 0, so that the first refusal of a kind is an increase.
func (m *Metrics) Observe(auth *oidcauth.Authenticator) {
	m.auth.Store(auth)
	m.begin("")
	for _, iss := range auth.Status().Issuers {
		m.begin(iss.Issuer)
	}
}

// begin makes the series of an issuer.
func (m *Metrics) begin(issuer string) {
	issuer = series.Text(issuer)
	m.decisions.WithLabelValues(issuer, string(decision.Accepted), "", "")
	for _, r := range series.Reasons {
		m.decisions.WithLabelValues(issuer, string(decision.Refused), string(r), strconv.Itoa(r.Status()))
	}
	for _, result := range []string{"succeeded", "failed"} {
		m.reloads.WithLabelValues(result)
		for _, o := range series.Outcomes {
			m.revocations.WithLabelValues(issuer, result, string(o))
		}
	}
	m.logouts.WithLabelValues(issuer)
	m.signIns.WithLabelValues(issuer)
	m.refreshes.WithLabelValues(issuer)
	m.signOuts.WithLabelValues(issuer, "")
	for _, endpoint := range series.Endpoints {
		for _, result := range series.Results {
			m.fetches.WithLabelValues(issuer, string(endpoint), string(result))
		}
	}
}

func (m *Metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{
		m.decisions, m.laterRefusals, m.hints, m.revocations, m.logouts, m.reloads, m.shadowChanges, m.fetches, m.duration, m.fetchDuration,
		m.signIns, m.refreshes, m.signOuts,
	}
}

// OnEvent counts an event. It is for Config.OnEvent.
func (m *Metrics) OnEvent(_ context.Context, e decision.Event) {
	issuer := series.Text(e.Issuer)
	switch e.Kind {
	case decision.Accepted, decision.Refused:
		m.countDecision(e)
	case decision.Revoked:
		m.revocations.WithLabelValues(issuer, series.Success(e.Revocation.Fault), series.Outcome(e.Revocation.AtProvider)).Inc()
	case decision.LoggedOut:
		m.logouts.WithLabelValues(issuer).Inc()
	case decision.SignedIn:
		m.signIns.WithLabelValues(issuer).Inc()
	case decision.Refreshed:
		m.refreshes.WithLabelValues(issuer).Inc()
	case decision.SignedOut:
		m.signOuts.WithLabelValues(issuer, series.SignOut(e.SignOut)).Inc()
	case decision.Reloaded:
		m.reloads.WithLabelValues(series.Success(e.Reload.Fault)).Inc()
	case decision.Shadowed:
		change, why := series.Shadow(e.Shadow)
		m.shadowChanges.WithLabelValues(issuer, change, why).Inc()
	case decision.Fetched:
		endpoint := series.Endpoint(e.Fetch.Endpoint)
		m.fetches.WithLabelValues(issuer, endpoint, series.Result(e.Fetch.Result)).Inc()
		m.fetchDuration.WithLabelValues(issuer, endpoint).Observe(e.Fetch.Elapsed.Seconds())
	}
}

func (m *Metrics) countDecision(e decision.Event) {
	for _, h := range e.Decision.Hints {
		m.hints.WithLabelValues(h.Code).Inc()
	}
	v := series.VerdictOf(e)
	if e.Decision.AfterAcceptance {
		m.laterRefusals.WithLabelValues(v.Issuer, v.Reason, strconv.Itoa(v.Status)).Inc()
		return
	}
	s := m.seen.Of(v)
	s.count.Inc()
	s.duration.Observe(e.Decision.Elapsed.Seconds())
}

func (m *Metrics) seriesOf(v series.Verdict) counted {
	status := ""
	if v.Status != 0 {
		status = strconv.Itoa(v.Status)
	}
	return counted{
		m.decisions.WithLabelValues(v.Issuer, v.Result, v.Reason, status),
		m.duration.WithLabelValues(v.Issuer, v.Result, strconv.FormatBool(v.Cached)),
	}
}

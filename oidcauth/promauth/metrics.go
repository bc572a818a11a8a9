package promauth

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
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

	mu   sync.Mutex // Held to replace seen.
	seen atomic.Pointer[map[verdict]series]
}

// verdict holds the parts of a decision that become labels: parts of the configuration and words of this module.
type verdict struct {
	issuer, result, reason string
	status                 int
	cached                 bool
}

// series holds the series of a verdict. Finding them by their labels would take longer than a decision about a cached token.
type series struct {
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
	m.seen.Store(&map[verdict]series{})
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
	issuer = valid(issuer)
	m.decisions.WithLabelValues(issuer, string(decision.Accepted), "", "")
	for _, r := range reasons {
		m.decisions.WithLabelValues(issuer, string(decision.Refused), string(r), strconv.Itoa(r.Status()))
	}
	for _, result := range []string{"succeeded", "failed"} {
		m.reloads.WithLabelValues(result)
		for _, o := range outcomes {
			m.revocations.WithLabelValues(issuer, result, string(o))
		}
	}
	m.logouts.WithLabelValues(issuer)
	m.signIns.WithLabelValues(issuer)
	m.refreshes.WithLabelValues(issuer)
	m.signOuts.WithLabelValues(issuer, "")
	for _, endpoint := range endpoints {
		for _, result := range results {
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
	issuer := valid(e.Issuer)
	switch e.Kind {
	case decision.Accepted, decision.Refused:
		m.countDecision(issuer, e.Kind, e.Decision)
	case decision.Revoked:
		m.revocations.WithLabelValues(issuer, success(e.Revocation.Fault), known(e.Revocation.AtProvider, outcomes)).Inc()
	case decision.LoggedOut:
		m.logouts.WithLabelValues(issuer).Inc()
	case decision.SignedIn:
		m.signIns.WithLabelValues(issuer).Inc()
	case decision.Refreshed:
		m.refreshes.WithLabelValues(issuer).Inc()
	case decision.SignedOut:
		m.signOuts.WithLabelValues(issuer, endOf(e.SignOut)).Inc()
	case decision.Reloaded:
		m.reloads.WithLabelValues(success(e.Reload.Fault)).Inc()
	case decision.Shadowed:
		m.countShadow(issuer, e.Shadow)
	case decision.Fetched:
		endpoint := known(e.Fetch.Endpoint, endpoints)
		m.fetches.WithLabelValues(issuer, endpoint, known(e.Fetch.Result, results)).Inc()
		m.fetchDuration.WithLabelValues(issuer, endpoint).Observe(e.Fetch.Elapsed.Seconds())
	}
}

// countShadow counts a request by the reason of the shadow or, if the shadow accepts the request, by the reason of its refusal.
func (m *Metrics) countShadow(issuer string, s *decision.Shadow) {
	why := ""
	if r := cmp.Or(s.Reason, s.LiveReason); r != "" {
		why = known(r, reasons)
	}
	m.shadowChanges.WithLabelValues(issuer, known(s.Change, changes), why).Inc()
}

func (m *Metrics) countDecision(issuer string, kind decision.EventKind, d *decision.Decision) {
	for _, h := range d.Hints {
		m.hints.WithLabelValues(h.Code).Inc()
	}
	v := verdict{issuer: issuer, result: string(kind), cached: d.Cached}
	if kind == decision.Refused {
		v.reason, v.status = known(d.Reason, reasons), d.Status
	}
	if d.AfterAcceptance {
		m.laterRefusals.WithLabelValues(issuer, v.reason, strconv.Itoa(v.status)).Inc()
		return
	}
	s := m.series(v)
	s.count.Inc()
	s.duration.Observe(d.Elapsed.Seconds())
}

// series returns the series of a verdict, and makes them if the verdict is new.
func (m *Metrics) series(v verdict) series {
	if s, found := (*m.seen.Load())[v]; found {
		return s
	}
	status := ""
	if v.status != 0 {
		status = strconv.Itoa(v.status)
	}
	s := series{
		m.decisions.WithLabelValues(v.issuer, v.result, v.reason, status),
		m.duration.WithLabelValues(v.issuer, v.result, strconv.FormatBool(v.cached)),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	more := maps.Clone(*m.seen.Load())
	more[v] = s
	m.seen.Store(&more)
	return s
}

var (
	reasons   = reason.All()
	endpoints = []decision.Endpoint{
		decision.EndpointDiscovery, decision.EndpointKeys, decision.EndpointUserInfo, decision.EndpointIntrospection, decision.EndpointToken,
		decision.EndpointRevocation, decision.EndpointPushedAuthorization, decision.EndpointGroups, decision.EndpointUsers,
	}
	results  = []decision.Result{decision.Succeeded, decision.Declined, decision.Unavailable}
	changes  = decision.ShadowChanges()
	outcomes = []decision.Outcome{decision.Passed, decision.Failed, decision.Skipped}
)

// known returns the text of a value of a closed set, or "other".
func known[T ~string](value T, all []T) string {
	if slices.Contains(all, value) {
		return string(value)
	}
	return "other"
}

// valid returns a text that can be a label. Others would end the request in a panic.
func valid(s string) string { return strings.ToValidUTF8(s, "�") }

// endOf returns the reason for which a session ended.
func endOf(s *decision.SignOut) string {
	if s == nil || s.Reason == "" {
		return ""
	}
	return known(s.Reason, reasons)
}

func success(fault string) string {
	if fault == "" {
		return "succeeded"
	}
	return "failed"
}

package promauth

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/knownbearer/knownbearer/internal/series"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const prefix = "oidcauth_"

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

var (
	ofIssuer   = []string{"issuer", "audience"}
	ofSource   = []string{"issuer", "audience", "source"}
	ofEndpoint = []string{"issuer", "audience", "endpoint"}

	issuerReady = describe("issuer_ready", "Whether tokens of the issuer can be verified: a key is in memory, or none is needed.", ofIssuer...)

	keys            = describe("keys", "Keys in memory.", ofSource...)
	keysFetched     = describe("keys_fetched_timestamp_seconds", "Time of the last fetch of keys that succeeded.", ofSource...)
	keysStale       = describe("keys_stale", "Whether the keys are too old to be used.", ofSource...)
	keysFetchFailed = describe("keys_fetch_failed", "Whether the last fetch of keys failed.", ofSource...)
	keyFetchesLeft  = describe("key_fetches_left", "Fetches of keys that may start now.", ofSource...)
	keyWaiting      = describe("key_requests_waiting", "Requests that wait for a fetch of keys.", ofSource...)
	keySetInfo      = describe("key_set_info", "The key set: its hash changes with its keys.", append(ofSource, "hash")...)
	certificateEnd  = describe("certificate_end_timestamp_seconds", "Earliest end of a certificate of a key.", ofSource...)

	endpointPaused   = describe("endpoint_paused", "Whether calls are paused, or only try the endpoint, because it failed.", ofEndpoint...)
	endpointPauses   = describe("endpoint_pauses_total", "How often calls were paused.", ofEndpoint...)
	endpointRefused  = describe("endpoint_refused_total", "Calls that were not made, because too many ran or calls were paused.", ofEndpoint...)
	endpointInFlight = describe("endpoint_in_flight", "Calls that run.", ofEndpoint...)
	endpointWaiting  = describe("endpoint_waiting", "Calls that wait for others to end.", ofEndpoint...)

	cacheHits    = describe("cache_hits_total", "Lookups that found an entry.", "cache")
	cacheMisses  = describe("cache_misses_total", "Lookups that found no entry.", "cache")
	cacheEntries = describe("cache_entries", "Entries of the cache.", "cache")
	cacheBytes   = describe("cache_bytes", "Size of the entries of the cache.", "cache")
	cacheWaiting = describe("cache_requests_waiting", "Requests that wait for a verification or a call of another request.", "cache")

	denyListEntries = describe("deny_list_entries", "Entries of a deny list in memory.")
	denyListLimit   = describe("deny_list_limit", "Largest possible number of entries of a deny list in memory.")

	replayListEntries = describe("replay_list_entries", "Used DPoP proofs in a list in memory.")
	replayListLimit   = describe("replay_list_limit", "Largest possible number of used DPoP proofs in a list in memory.")

	reloadFailed = describe("reload_failed", "Whether the configuration that was read last is not used, because it has a fault.")

	shadowJudged  = describe("shadow_judged_total", "Requests that the shadow configuration judged.")
	shadowSkipped = describe("shadow_skipped_total", "Requests that the shadow configuration did not judge, because too many were being judged.")
)

// Describe sends the descriptions of all metrics.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, c := range m.collectors() {
		c.Describe(to)
	}
	for _, d := range []*prometheus.Desc{
		issuerReady, keys, keysFetched, keysStale, keysFetchFailed, keyFetchesLeft, keyWaiting, keySetInfo, certificateEnd,
		endpointPaused, endpointPauses, endpointRefused, endpointInFlight, endpointWaiting,
		cacheHits, cacheMisses, cacheEntries, cacheBytes, cacheWaiting, denyListEntries, denyListLimit,
		replayListEntries, replayListLimit, reloadFailed, shadowJudged, shadowSkipped,
	} {
		to <- d
	}
}

// Collect sends the counters, and the present state of the observed Authenticator.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	for _, c := range m.collectors() {
		c.Collect(to)
	}
	auth := m.auth.Load()
	if auth == nil {
		return
	}
	status, s := auth.Status(), sender{to}
	audiences := series.Audiences(status.Issuers)
	for i, iss := range status.Issuers {
		s.issuer(iss, audiences[i])
	}
	for _, c := range status.Caches {
		s.counter(cacheHits, c.Hits, c.Cache)
		s.counter(cacheMisses, c.Misses, c.Cache)
		s.gauge(cacheEntries, float64(c.Entries), c.Cache)
		s.gauge(cacheBytes, float64(c.Bytes), c.Cache)
		s.gauge(cacheWaiting, float64(c.Waiting), c.Cache)
	}
	if list := status.DenyList; list != nil {
		s.gauge(denyListEntries, float64(list.Entries))
		s.gauge(denyListLimit, float64(list.Limit))
	}
	if list := status.Replays; list != nil {
		s.gauge(replayListEntries, float64(list.Entries))
		s.gauge(replayListLimit, float64(list.Limit))
	}
	if status.Reload != nil {
		s.yes(reloadFailed, status.Reload.Fault != "")
	}
	if shadow := status.Shadow; shadow != nil {
		s.counter(shadowJudged, shadow.Judged)
		s.counter(shadowSkipped, shadow.Skipped)
	}
}

type sender struct{ to chan<- prometheus.Metric }

func (s sender) gauge(d *prometheus.Desc, value float64, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func (s sender) counter(d *prometheus.Desc, value uint64, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
}

func (s sender) yes(d *prometheus.Desc, value bool, labels ...string) {
	number := 0.0
	if value {
		number = 1
	}
	s.gauge(d, number, labels...)
}

func (s sender) time(d *prometheus.Desc, t time.Time, labels ...string) {
	if !t.IsZero() {
		s.gauge(d, float64(t.UnixMilli())/1000, labels...)
	}
}

func (s sender) issuer(iss oidcauth.IssuerStatus, audience string) {
	issuer := series.Text(iss.Issuer)
	s.yes(issuerReady, iss.Ready, issuer, audience)
	origins := series.Origins(iss.KeySources)
	for i, source := range iss.KeySources {
		s.source(source, issuer, audience, origins[i])
	}
	for endpoint, stats := range series.Called(iss) {
		s.endpoint(stats, issuer, audience, endpoint)
	}
}

func (s sender) source(k oidcauth.KeySourceStatus, labels ...string) {
	s.gauge(keys, float64(len(k.Keys)), labels...)
	s.time(keysFetched, k.Fetched, labels...)
	s.yes(keysStale, k.Stale, labels...)
	s.yes(keysFetchFailed, k.Fault != "", labels...)
	s.gauge(keyFetchesLeft, float64(k.FetchesLeft), labels...)
	s.gauge(keyWaiting, float64(k.Waiting), labels...)
	if k.Hash != "" {
		s.gauge(keySetInfo, 1, append(labels, k.Hash)...)
	}
	s.time(certificateEnd, series.CertificateEnd(k.Keys), labels...)
}

func (s sender) endpoint(e provider.EndpointStats, labels ...string) {
	s.yes(endpointPaused, e.Open, labels...)
	s.counter(endpointPauses, e.Paused, labels...)
	s.counter(endpointRefused, e.Refused, labels...)
	s.gauge(endpointInFlight, float64(e.InFlight), labels...)
	s.gauge(endpointWaiting, float64(e.Waiting), labels...)
}

package otelauth

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/knownbearer/knownbearer/internal/series"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const (
	audienceKey = attribute.Key("oidcauth.audience") // empty, unless there are several applications of one issuer
	sourceKey   = attribute.Key("oidcauth.source")   // of keys, as configured
	hashKey     = attribute.Key("oidcauth.key_set.hash")
	cacheKey    = attribute.Key("oidcauth.cache")
)

// state holds the instruments that read [oidcauth.Status].
type state struct {
	all []metric.Observable

	ready, keys, keysStale, keysFailed, keyFetchesLeft, keyWaiting, keySet metric.Int64ObservableGauge
	paused, inFlight, endpointWaiting                                      metric.Int64ObservableGauge
	cacheEntries, cacheBytes, cacheWaiting, listEntries, listLimit         metric.Int64ObservableGauge
	replayEntries, replayLimit, reloadFailed                               metric.Int64ObservableGauge
	shadowJudged, shadowSkipped                                            metric.Int64ObservableCounter
	pauses, endpointRefused, cacheHits, cacheMisses                        metric.Int64ObservableCounter
	keysAge, certificateLife                                               metric.Float64ObservableGauge
}

func newState(m metric.Meter) *state {
	s := &state{}
	gauge := func(name, unit, description string) metric.Int64ObservableGauge {
		g := made(m.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description)))
		s.all = append(s.all, g)
		return g
	}
	counter := func(name, unit, description string) metric.Int64ObservableCounter {
		c := made(m.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(description)))
		s.all = append(s.all, c)
		return c
	}
	seconds := func(name, description string) metric.Float64ObservableGauge {
		g := made(m.Float64ObservableGauge(name, metric.WithUnit("s"), metric.WithDescription(description)))
		s.all = append(s.all, g)
		return g
	}
	s.ready = gauge("oidcauth.issuer.ready", "1", "Whether tokens of the issuer can be verified.")
	s.keys = gauge("oidcauth.keys", "{key}", "Keys in memory.")
	s.keysAge = seconds("oidcauth.keys.age", "Time since the last fetch of keys that succeeded.")
	s.keysStale = gauge("oidcauth.keys.stale", "1", "Whether the keys are too old to be used.")
	s.keysFailed = gauge("oidcauth.keys.fetch_failed", "1", "Whether the last fetch of keys failed.")
	s.keyFetchesLeft = gauge("oidcauth.keys.fetches_left", "{fetch}", "Fetches of keys that may start now.")
	s.keyWaiting = gauge("oidcauth.keys.requests_waiting", "{request}", "Requests that wait for a fetch of keys.")
	s.keySet = gauge("oidcauth.key_set", "1", "The key set: its hash changes with its keys.")
	s.certificateLife = seconds("oidcauth.certificate.remaining", "Time until the earliest end of a certificate of a key.")
	s.paused = gauge("oidcauth.endpoint.paused", "1", "Whether calls are paused, because the endpoint failed.")
	s.pauses = counter("oidcauth.endpoint.pauses", "{pause}", "How often calls were paused.")
	s.endpointRefused = counter("oidcauth.endpoint.refused", "{call}", "Calls that were not made.")
	s.inFlight = gauge("oidcauth.endpoint.in_flight", "{call}", "Calls that run.")
	s.endpointWaiting = gauge("oidcauth.endpoint.waiting", "{call}", "Calls that wait for others to end.")
	s.cacheHits = counter("oidcauth.cache.hits", "{lookup}", "Lookups that found an entry.")
	s.cacheMisses = counter("oidcauth.cache.misses", "{lookup}", "Lookups that found no entry.")
	s.cacheEntries = gauge("oidcauth.cache.entries", "{entry}", "Entries of the cache.")
	s.cacheBytes = gauge("oidcauth.cache.size", "By", "Size of the entries of the cache.")
	s.cacheWaiting = gauge("oidcauth.cache.requests_waiting", "{request}", "Requests that wait for another one.")
	s.listEntries = gauge("oidcauth.deny_list.entries", "{entry}", "Entries of a deny list in memory.")
	s.listLimit = gauge("oidcauth.deny_list.limit", "{entry}", "Largest possible number of entries of a deny list in memory.")
	s.replayEntries = gauge("oidcauth.replay_list.entries", "{entry}", "Used DPoP proofs in a list in memory.")
	s.replayLimit = gauge("oidcauth.replay_list.limit", "{entry}", "Largest possible number of used DPoP proofs in a list in memory.")
	s.reloadFailed = gauge("oidcauth.reload.failed", "1", "Whether the configuration that was read last is not used, because it has a fault.")
	s.shadowJudged = counter("oidcauth.shadow.judged", "{request}", "Requests that the shadow configuration judged.")
	s.shadowSkipped = counter("oidcauth.shadow.skipped", "{request}", "Requests that the shadow configuration did not judge, because too many were being judged.")
	return s
}

// Observe adds the state of the Authenticator to the metrics, until Unregister of the result is called. Before you observe its
// replacement, unregister it.
func (t *Telemetry) Observe(auth *oidcauth.Authenticator) (metric.Registration, error) {
	s := newState(t.meter)
	return t.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s.observe(observation{o, auth.Status()})
		return nil
	}, s.all...)
}

// observation is one collection.
type observation struct {
	metric.Observer
	oidcauth.Status
}

func (o observation) yes(g metric.Int64ObservableGauge, value bool, with metric.MeasurementOption) {
	number := int64(0)
	if value {
		number = 1
	}
	o.ObserveInt64(g, number, with)
}

func (s *state) observe(o observation) {
	audiences := series.Audiences(o.Issuers)
	for i, iss := range o.Issuers {
		own := []attribute.KeyValue{issuerKey.String(series.Text(iss.Issuer))}
		if audiences[i] != "" {
			own = append(own, audienceKey.String(audiences[i]))
		}
		s.observeIssuer(o, iss, own)
	}
	for _, c := range o.Caches {
		with := metric.WithAttributes(cacheKey.String(c.Cache))
		o.ObserveInt64(s.cacheHits, int64(c.Hits), with)
		o.ObserveInt64(s.cacheMisses, int64(c.Misses), with)
		o.ObserveInt64(s.cacheEntries, int64(c.Entries), with)
		o.ObserveInt64(s.cacheBytes, int64(c.Bytes), with)
		o.ObserveInt64(s.cacheWaiting, int64(c.Waiting), with)
	}
	if list := o.DenyList; list != nil {
		o.ObserveInt64(s.listEntries, int64(list.Entries))
		o.ObserveInt64(s.listLimit, int64(list.Limit))
	}
	if list := o.Replays; list != nil {
		o.ObserveInt64(s.replayEntries, int64(list.Entries))
		o.ObserveInt64(s.replayLimit, int64(list.Limit))
	}
	if o.Reload != nil {
		o.yes(s.reloadFailed, o.Reload.Fault != "", metric.WithAttributes())
	}
	if o.Shadow != nil {
		o.ObserveInt64(s.shadowJudged, int64(o.Shadow.Judged))
		o.ObserveInt64(s.shadowSkipped, int64(o.Shadow.Skipped))
	}
}

func (s *state) observeIssuer(o observation, iss oidcauth.IssuerStatus, own []attribute.KeyValue) {
	with := func(more ...attribute.KeyValue) metric.MeasurementOption {
		return metric.WithAttributes(append(more, own...)...)
	}
	o.yes(s.ready, iss.Ready, with())
	origins := series.Origins(iss.KeySources)
	for i, k := range iss.KeySources {
		source := sourceKey.String(origins[i])
		s.observeKeys(o, k, with(source))
		if k.Hash != "" {
			o.ObserveInt64(s.keySet, 1, with(source, hashKey.String(k.Hash)))
		}
	}
	for endpoint, e := range series.Called(iss) {
		s.observeEndpoint(o, e, with(endpointKey.String(endpoint)))
	}
}

func (s *state) observeKeys(o observation, k oidcauth.KeySourceStatus, with metric.MeasurementOption) {
	o.ObserveInt64(s.keys, int64(len(k.Keys)), with)
	if !k.Fetched.IsZero() {
		o.ObserveFloat64(s.keysAge, o.Time.Sub(k.Fetched).Seconds(), with)
	}
	o.yes(s.keysStale, k.Stale, with)
	o.yes(s.keysFailed, k.Fault != "", with)
	o.ObserveInt64(s.keyFetchesLeft, int64(k.FetchesLeft), with)
	o.ObserveInt64(s.keyWaiting, int64(k.Waiting), with)
	if end := series.CertificateEnd(k.Keys); !end.IsZero() {
		o.ObserveFloat64(s.certificateLife, end.Sub(o.Time).Seconds(), with)
	}
}

func (s *state) observeEndpoint(o observation, e provider.EndpointStats, with metric.MeasurementOption) {
	o.yes(s.paused, e.Open, with)
	o.ObserveInt64(s.pauses, int64(e.Paused), with)
	o.ObserveInt64(s.endpointRefused, int64(e.Refused), with)
	o.ObserveInt64(s.inFlight, int64(e.InFlight), with)
	o.ObserveInt64(s.endpointWaiting, int64(e.Waiting), with)
}

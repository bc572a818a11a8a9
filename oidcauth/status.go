package oidcauth

import (
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/doctor"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Status describes the state of an [Authenticator] at one time, for metrics, a readiness probe and the operator. It contains no
// secret and no data of a token. The caller may change it.
type Status struct {
	Time time.Time `json:"time"`
	// Issuers are in the order of the configuration.
	Issuers []IssuerStatus `json:"issuers"`
	// Caches lists the caches of verified JWTs (tokens), of UserInfo and of introspection, in this order.
	Caches []CacheStatus `json:"caches"`
	// DenyList is nil unless Revocation.DenyList is a [denylist.Memory].
	DenyList *DenyListStatus `json:"deny_list,omitempty"`
	// Replays is the list of used DPoP proofs. It is nil unless PublicURL is set and DPoP.Replays is a [denylist.Memory].
	Replays *DenyListStatus `json:"replays,omitempty"`
	// Reload is the last call of [Authenticator.Reloaded], and ReloadTime its time. It is nil if there was none.
	Reload     *decision.Reload `json:"reload,omitempty"`
	ReloadTime time.Time        `json:"reload_time,omitzero"`
	// Shadow is nil unless the configuration has a Shadow.
	Shadow *ShadowStatus `json:"shadow,omitempty"`
}

// ShadowStatus counts the verdicts of [Config.Shadow] since New or Next.
type ShadowStatus struct {
	// Judged counts the requests that were judged, and Skipped those that were not, because too many were being judged.
	Judged  uint64 `json:"judged"`
	Skipped uint64 `json:"skipped"`
	// Changes counts the requests that the Shadow would decide otherwise, or cannot judge.
	Changes map[decision.ShadowChange]uint64 `json:"changes"`
	// Issuers are in the order of the Shadow.
	Issuers []IssuerStatus `json:"issuers"`
}

// IssuerStatus describes the state of one configured issuer.
type IssuerStatus struct {
	// Issuer is the URL of the issuer, and Audience its accepted audiences, as configured.
	Issuer   string   `json:"issuer"`
	Audience []string `json:"audience,omitempty"`
	// Ready reports that tokens can be verified now: a key of an accepted algorithm is in memory, or no key is needed.
	Ready bool `json:"ready"`
	// Keyless reports that no key is needed, because all tokens are introspected.
	Keyless bool `json:"keyless,omitempty"`
	// KeySources lists the sources of keys in order. It is empty if [Issuer.Keys] is not a [certsource.Reporter].
	KeySources []KeySourceStatus `json:"key_sources,omitempty"`
	// UserInfo and Introspection count the calls to the provider. They are nil if there is no such client, or if it has no method
	// Stats as [provider.Client] has.
	UserInfo      *provider.EndpointStats `json:"userinfo,omitempty"`
	Introspection *provider.EndpointStats `json:"introspection,omitempty"`
}

// KeySourceStatus describes one source of keys; see [certsource.Report].
type KeySourceStatus struct {
	// Origin is the name of the source in the configuration, and Source the place where the keys were found.
	Origin string `json:"origin"`
	Source string `json:"source,omitempty"`
	// Keys are the keys in memory. The keys of a stale source are not used.
	Keys []KeyStatus `json:"keys,omitempty"`
	// Hash changes if a key is added, removed or replaced. It is empty if there is no key.
	Hash  string   `json:"hash,omitempty"`
	Notes []string `json:"notes,omitempty"`
	// Fetched is the time of the last fetch that succeeded. It is zero if there was none.
	Fetched time.Time `json:"fetched,omitzero"`
	// Stale reports that the keys are too old to be used.
	Stale bool `json:"stale,omitempty"`
	// Fault is the error of the last fetch. It is empty if the fetch succeeded.
	Fault string `json:"fault,omitempty"`
	// FetchesLeft is the number of fetches that may start now. If it is 0, NextFetch is the earliest time of the next one. Both are
	// zero if nothing is ever fetched.
	FetchesLeft int       `json:"fetches_left,omitempty"`
	NextFetch   time.Time `json:"next_fetch,omitzero"`
	// Fetching reports that a fetch is under way, and Waiting is the number of requests that wait for it.
	Fetching bool `json:"fetching,omitempty"`
	Waiting  int  `json:"waiting,omitempty"`
}

// KeyStatus describes one key.
type KeyStatus struct {
	// ID is the kid, or else the thumbprint of the certificate.
	ID string `json:"id"`
	// Type is RSA, EC or OKP. It is empty if the source does not report it, and so are the other fields.
	Type       string   `json:"type,omitempty"`
	Algorithms []string `json:"algorithms,omitempty"`
	// Valid reports that the key may be used now.
	Valid bool `json:"valid"`
	// Since is the time at which the key was first found, and Until the end of its certificate.
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// CacheStatus contains the counters of one cache since [New], summed over all issuers.
type CacheStatus struct {
	// Cache is the name of the cache: tokens, userinfo or introspection. It can be the label of a metric.
	Cache string `json:"cache"`
	// Hits counts the lookups that found an entry. Misses counts the other lookups.
	Hits   uint64 `json:"hits"`
	Misses uint64 `json:"misses"`
	// Entries and Bytes are the present size of the cache.
	Entries int `json:"entries"`
	Bytes   int `json:"bytes"`
	// Waiting is the number of requests that wait for a verification or a call that another request began.
	Waiting int `json:"waiting"`
}

// DenyListStatus describes a deny list, or a list of used proofs, in memory.
type DenyListStatus struct {
	// Entries is the number of entries, and Limit the largest possible number. Entries that have ended count until the list is full.
	Entries int `json:"entries"`
	Limit   int `json:"limit"`
}

// Status returns the present state. It sends no request, starts no fetch and waits for nothing. Its cost grows with the number of
// keys, so do not call it for each request.
func (a *Authenticator) Status() Status {
	out := Status{Time: a.engine.Time(), Caches: cacheStatus(a.engine.Stats())}
	for _, rules := range a.engine.Issuers {
		out.Issuers = append(out.Issuers, issuerStatus(rules))
	}
	out.DenyList = listStatus(a.config.Revocation.DenyList)
	if a.acceptsDPoP() {
		out.Replays = listStatus(a.config.DPoP.Replays)
	}
	if last := a.succession.reload.Load(); last != nil {
		reload := *last.Reload
		out.Reload, out.ReloadTime = &reload, last.Time
	}
	if a.shadow != nil {
		out.Shadow = a.shadow.status()
	}
	return out
}

// listStatus returns nil unless the list is a Memory. A type that embeds a Memory inherits Len, but may store its entries elsewhere.
func listStatus(l denylist.List) *DenyListStatus {
	list, ok := l.(*denylist.Memory)
	if !ok {
		return nil
	}
	entries, limit := list.Len()
	return &DenyListStatus{entries, limit}
}

func cacheStatus(s pipeline.Stats) []CacheStatus {
	of := func(cache string, s answers.Stats) CacheStatus {
		return CacheStatus{cache, s.Hits, s.Calls, s.Entries + s.Refusals, s.Bytes, s.Waiting}
	}
	return []CacheStatus{
		{"tokens", s.Tokens.Hits, s.Tokens.Misses, s.Tokens.Entries, s.Tokens.Bytes, s.Tokens.Waiting},
		of("userinfo", s.UserInfo),
		of("introspection", s.Introspection),
	}
}

func issuerStatus(rules *pipeline.Rules) IssuerStatus {
	reports := rules.Reports()
	out := IssuerStatus{
		Issuer: rules.URL, Audience: slices.Clone(rules.Audience),
		Ready: doctor.IsReady(rules, reports), Keyless: !rules.UsesKeys(),
	}
	for _, r := range reports {
		out.KeySources = append(out.KeySources, keySourceStatus(r))
	}
	if s, ok := rules.UserInfo.(counting); ok {
		stats := s.Stats().UserInfo
		out.UserInfo = &stats
	}
	if s, ok := rules.Introspector.(counting); ok {
		stats := s.Stats().Introspection
		out.Introspection = &stats
	}
	return out
}

// counting is a [provider.Client], or a type that embeds one.
type counting interface{ Stats() provider.Stats }

func keySourceStatus(r certsource.Report) KeySourceStatus {
	text := trace.SourceOf(r)
	out := KeySourceStatus{
		Origin: r.Origin, Source: r.Source, Hash: r.Hash, Notes: text.Notes, Fetched: r.Fetched, Stale: r.Stale, Fault: text.Fault,
		FetchesLeft: r.FetchesLeft, NextFetch: r.NextFetch, Fetching: r.Fetching, Waiting: r.Waiting,
	}
	if out.Origin == "" { // the application's own source may set one name only
		out.Origin = r.Source
	}
	for i, id := range r.Held {
		key := KeyStatus{ID: id}
		if i < len(r.Keys) {
			k := r.Keys[i]
			key = KeyStatus{id, k.Type, k.Algorithms, k.Valid, k.Since, k.Until}
		}
		out.Keys = append(out.Keys, key)
	}
	return out
}

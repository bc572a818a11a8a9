package pipeline

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/internal/dpop"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// Engine verifies tokens by the rules of their issuers. It is immutable and safe for concurrent use. Make one with NewEngine.
type Engine struct {
	Settings
	issuers       issuerIndex
	acceptsOpaque bool
	acceptsPadded bool
	tokens        *verifiedTokens
	quotas        *quotas
	generation    uint64         // of this Engine among those that share a cache
	generations   *atomic.Uint64 // the newest generation
}

// Settings are common to all issuers. They must not change after the Engine is made.
type Settings struct {
	Issuers         []*Rules         // in the order of the configuration
	Now             func() time.Time // nil: time.Now
	Panics          *guard.Reporter
	Cache           Cache
	DenyList        denylist.List
	MaxTokenLife    time.Duration
	Possession      Possession
	FailOpen        bool        // accept tokens while the deny list is unavailable
	Calls           Calls       // nil: calls are not reported
	CallsWanted     func() bool // nil: always
	AttachDecisions bool        // the attachments of cached tokens contain a decision, which takes memory
	Observed        bool        // a shadow needs the results of the runs
	ProvesAsLive    bool        // the Engine is that of a shadow, and compares proofs of possession by the settings of the observed one
}

// NewEngine makes an Engine.
func NewEngine(s Settings) *Engine {
	return newEngine(s, &Engine{tokens: newVerifiedTokens(s.Cache), quotas: &quotas{}, generations: &atomic.Uint64{}})
}

// Next makes an Engine with other Settings that continues the state of e. It uses the cached tokens of the Rules that both have,
// and the counts of the deny list's entries.
func (e *Engine) Next(s Settings) *Engine {
	state := &Engine{tokens: e.tokens, quotas: e.quotas, generations: e.generations, generation: e.generations.Add(1)}
	if s.Cache != e.Cache || s.AttachDecisions != e.AttachDecisions { // the cached attachments have another type or size
		state.tokens = newVerifiedTokens(s.Cache)
	}
	return newEngine(s, state)
}

// IsNewerThan reports whether Next made e after other.
func (e *Engine) IsNewerThan(other *Engine) bool { return e.generation > other.generation }

// newEngine completes an Engine that has only its state.
func newEngine(s Settings, e *Engine) *Engine {
	e.Settings, e.issuers = s, newIssuerIndex(s.Issuers)
	for _, rules := range s.Issuers {
		e.acceptsOpaque = e.acceptsOpaque || rules.AcceptsOpaque()
		e.acceptsPadded = e.acceptsPadded || rules.PaddedTokens
	}
	return e
}

// Time returns the current time.
func (s Settings) Time() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// URLs returns the URLs of the issuers in the order of the configuration.
func (e *Engine) URLs() []string { return e.issuers.urls }

// denyListIsEmpty reports whether a lookup in the deny list can be omitted. The hashes of a lookup cost more than the rest of a
// request with a cached token. It calls Empty only on a Memory itself: a type that embeds Memory inherits Empty, but may store its
// entries elsewhere.
func (e *Engine) denyListIsEmpty() bool {
	list, ok := e.DenyList.(*denylist.Memory)
	return ok && list.Empty()
}

func (e *Engine) caches(raw string) bool {
	return e.tokens != nil && raw != "" && len(raw) <= jose.DefaultMaxBytes
}

// Possession configures proofs of possession.
type Possession struct {
	// Target is the public URL of the service. If it is zero, no DPoP proof is accepted.
	Target     dpop.Target
	Window     dpop.Window
	Algorithms []string
	Nonces     *dpop.Nonces  // nil: no nonce is required
	Replays    denylist.List // the proofs that were used
	Shares     *ProofShares
}

// Calls is called after each call to a provider or a user store. It must remove secrets from the text of the error.
type Calls func(ctx context.Context, issuer string, c fetch.Call, secrets record.Secrets)

const (
	// DefaultProofAge is how long ago a proof may be issued.
	DefaultProofAge = time.Minute
	// MaxProofAge is the largest value of the setting.
	MaxProofAge = 10 * time.Minute
)

// The longest lifetime of an issuer's tokens: the default of the setting, and its maximum.
const (
	DefaultTokenLife = 24 * time.Hour
	MaxTokenLife     = 366 * 24 * time.Hour
)

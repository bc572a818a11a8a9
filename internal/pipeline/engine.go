package pipeline

import (
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/usermap"
)

// Engine judges tokens by the rules of their issuers. It is immutable and safe for concurrent use; make one with NewEngine.
type Engine struct {
	Settings
	index  issuerIndex
	asks   bool // about opaque tokens
	tokens *verifiedTokens
	shares shares
}

// Settings are what all issuers share. They are not changed any more once the Engine is made.
type Settings struct {
	Issuers         []*Rules         // in the order of the configuration
	Users           usermap.Finder   // nil: no user is looked up
	Now             func() time.Time // nil: time.Now
	Panics          *guard.Reporter
	Cache           Cache
	DenyList        denylist.List
	MaxTokenLife    time.Duration
	FailOpen        bool // accepts tokens while the deny list cannot be asked
	ShowClaimValues bool // in the details of faults
	Tells           bool // what is kept by [Run.Settle] holds a decision about the token
}

// NewEngine makes an Engine.
func NewEngine(s Settings) *Engine {
	e := &Engine{Settings: s, index: newIssuerIndex(s.Issuers), tokens: newVerifiedTokens(s.Cache)}
	for _, iss := range s.Issuers {
		e.asks = e.asks || iss.TakesOpaque()
	}
	return e
}

// Time is the current time.
func (s Settings) Time() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

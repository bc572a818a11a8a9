package pipeline

import (
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Input is a token that was presented, the time at which it was presented, and its entry in the cache.
type Input struct {
	Raw        string
	Began, Now time.Time    // Now is of the configured clock
	hashes     jose.Hashes  // zero if the token cannot be cached
	cached     *cachedToken // nil if the token is not in the cache
}

// Lookup makes the Input of a token, and looks for it in the cache.
func (e *Engine) Lookup(raw string) Input {
	in := e.Uncached(raw)
	if e.caches(raw) {
		in.hashes = jose.Hash(raw)
		in.cached = e.tokens.find(in.hashes.Token, in.Now)
	}
	return in
}

// Uncached makes the Input of a token without its entry in the cache.
func (e *Engine) Uncached(raw string) Input {
	began := time.Now()
	in := Input{Raw: raw, Began: began, Now: began}
	if e.Now != nil {
		in.Now = e.Now()
	}
	return in
}

// Attachment returns what Run.Attach stored, if no step that must run for each request could change it: no provider and no user
// store has to be asked, and Lookup has just compared the token's time, its key and the deny list.
func (e *Engine) Attachment(in Input) any {
	if in.cached == nil || !e.denyListIsEmpty() {
		return nil
	}
	return in.cached.attachment.Load()
}

package pipeline

import (
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Input is a token that was presented, the time at which it was presented, and its entry in the cache.
type Input struct {
	Raw        string
	Sender     *Sender      // nil: the request shows nothing but the token
	Began, Now time.Time    // Began is the time of the system clock, and Now that of the configured clock
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

// Attachment returns the value that Run.Attach stored, or nil if a step could refuse the token now. Attach stores a value only if
// neither the provider nor the user store must be asked for each request. Lookup has compared the token's time and its key, and
// Attachment returns nil unless the deny list is empty.
func (e *Engine) Attachment(in Input) any {
	if in.cached == nil || in.Sender != nil && in.Sender.DPoP || !e.denyListIsEmpty() {
		return nil
	}
	return in.cached.attachment.Load()
}

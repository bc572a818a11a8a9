package pipeline

import (
	"crypto/x509"
	"time"

	"github.com/knownbearer/knownbearer/internal/clientcert"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// Input is a token that was presented, the time at which it was presented, and its entry in the cache.
type Input struct {
	Raw        string
	Sender     *Sender      // nil: the request has neither a proof nor a certificate
	Began, Now time.Time    // Began is the time of the system clock, and Now that of the configured clock
	hashes     jose.Hashes  // zero if the token cannot be cached
	cached     *cachedToken // nil if the token is not in the cache
}

// Lookup makes the Input of a token, and looks for it in the cache.
func (e *Engine) Lookup(raw string) Input {
	in := e.Uncached(raw)
	if e.caches(raw) {
		in.hashes = jose.Hash(raw)
		in.cached = e.findCached(in.hashes.Token, in.Now)
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

// Sender contains the proofs of possession (RFC 9449) and the client certificate (RFC 8705) of a request.
type Sender struct {
	DPoP   bool     // the scheme is DPoP
	Proofs []string // the values of the DPoP header
	Method string
	Path   string // the path as the request escapes it

	Peer      *x509.Certificate // the client certificate of the TLS connection, or nil
	Forwarded []string          // the values of the header in which a trusted proxy passes the certificate on
	Form      clientcert.Form   // the form of that header

	// Explained is set if the request is only explained: its proof is not used up.
	Explained bool
	// Used is set if the proof was accepted before, with the request that opened the connection. Its age, its nonce and its use are not
	// checked again.
	Used bool
	// Proved is set if an earlier request of the same connection has proved possession.
	Proved bool
}

package pipeline

import (
	"crypto/x509"
	"time"

	"github.com/knownbearer/knownbearer/internal/clientcert"
	"github.com/knownbearer/knownbearer/internal/dpop"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// Sender is what a request shows about its sender besides the token: proofs of possession (RFC 9449) and the certificate of the
// TLS client (RFC 8705).
type Sender struct {
	DPoP   bool     // the scheme is DPoP
	Proofs []string // the values of the DPoP header
	Method string
	Path   string // as the request escapes it

	Peer      *x509.Certificate // of the TLS connection; nil: there is none
	Forwarded []string          // the values of the header in which a trusted proxy passes the certificate on
	Form      clientcert.Form   // of that header

	// Explained is set if the request is only explained: its proof is not used up.
	Explained bool
	// Used is set if the proof was accepted before, with the request that opened the connection. Its age, its nonce and its use are not
	// checked again.
	Used bool
	// Proved is set if an earlier request of the same connection has proved possession.
	Proved bool
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

const (
	// DefaultProofAge is how long ago a proof may be issued.
	DefaultProofAge = time.Minute
	// MaxProofAge is the largest value of the setting.
	MaxProofAge = 10 * time.Minute
)

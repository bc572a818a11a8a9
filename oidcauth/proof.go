package oidcauth

import (
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// DPoP configures proofs of possession (RFC 9449). They are accepted if [Config.PublicURL] is set. A token whose cnf has a jkt
// is then accepted only with the scheme DPoP and a proof in the DPoP header. The zero DPoP has the defaults.
type DPoP struct {
	// Replays stores the proofs that were used, so that each is accepted once. If nil, it is a list in memory of at most 100,000
	// proofs. All replicas must share one list, because otherwise each of them accepts a proof once. A proof is stored for about
	// twice MaxAge. If the list is full, requests with a proof are answered with 503.
	//
	// If you replace an Authenticator to change its configuration, give both the same list. It must not be the deny list, because
	// proofs would then fill the list of revocations.
	Replays denylist.List
	// ProofsPerKey is how many proofs of one key are accepted within twice MaxAge by one process, so that one client cannot fill the
	// list for all. Further requests are answered with 503. The default is 10,000, which is about 80 requests per second.
	ProofsPerKey int
	// MaxAge is how old a proof may be, and how far in the future its iat may be, because clocks differ. The default is 1 min,
	// and the maximum is 10 min.
	MaxAge time.Duration
	// RequireNonce requires a nonce of this service in each proof (RFC 9449 section 9), so that a client cannot make proofs in
	// advance. A proof without one is refused with the error use_dpop_nonce and a nonce in the DPoP-Nonce header. A nonce is
	// accepted for 2 to 4 min. If the clock of the replica that gave it differs, by at most 2 min, this time changes by the difference.
	// [Authenticator.Handler] gives the newest nonce in each response.
	RequireNonce bool
	// NonceSecret is the secret of the nonces. All replicas must have the same one. If nil, it is random. It has at least 32 bytes.
	NonceSecret []byte
}

// minNonceSecret is the length of the hash in bytes. A shorter secret would weaken the nonces.
const minNonceSecret = 32

// proofAlgorithms is the value of algs in a challenge (RFC 9449 section 5.1).
var proofAlgorithms = strings.Join(jose.Algorithms(), " ")

// exposedHeaders lists the headers of a refusal that a client in a browser needs.
const exposedHeaders = "WWW-Authenticate, DPoP-Nonce, Decision-Id"

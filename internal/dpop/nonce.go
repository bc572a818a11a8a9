package dpop

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// NonceLife is the period of the nonces. A nonce is accepted until the end of the period after its own, which is one to two periods after
// it was given. If the clock of the replica that gave it differs, by at most one period, this time changes by the difference.
const NonceLife = 2 * time.Minute

// Nonces makes nonces (RFC 9449 section 9) from the time and a secret, so that replicas with the same secret recognise each
// other's, and nothing is stored. It is safe for concurrent use.
type Nonces struct{ secret []byte }

// NewNonces returns Nonces of this secret. If secret is nil, it is random: then other processes do not recognise the nonces.
func NewNonces(secret []byte) *Nonces {
	if secret == nil {
		secret = make([]byte, sha256.Size)
		_, _ = rand.Read(secret) // never fails
	}
	return &Nonces{secret}
}

// At returns the nonce that a response gives at this time.
func (n *Nonces) At(now time.Time) string { return n.of(period(now)) }

// Valid reports whether the nonce is that of this period, of the previous one or of the next one. A replica whose clock is
// ahead gives the nonce of the next period.
func (n *Nonces) Valid(nonce string, now time.Time) bool {
	p := period(now)
	return n.is(nonce, p) || n.is(nonce, p-1) || n.is(nonce, p+1)
}

func (n *Nonces) is(nonce string, period int64) bool {
	return hmac.Equal([]byte(nonce), []byte(n.of(period)))
}

func (n *Nonces) of(period int64) string {
	mac := hmac.New(sha256.New, n.secret)
	var text [8]byte
	binary.BigEndian.PutUint64(text[:], uint64(period)) //nolint:gosec // any bits serve
	_, _ = mac.Write(text[:])                           // a hash never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

func period(now time.Time) int64 { return now.Unix() / int64(NonceLife/time.Second) }

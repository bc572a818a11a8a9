package jose

import (
	"crypto"
	"crypto/sha256"
	"hash"
	"strings"
	"sync"
)

// Hashes holds the SHA-256 of a token and that of its signed part, computed in one pass. A cache that identifies
// tokens by their hash then adds little to the cost of verification.
type Hashes struct {
	Token [sha256.Size]byte

	input  [sha256.Size]byte // The hash of the token up to the second dot.
	end    int               // The position of the second dot.
	hashed string
}

// Hash computes the hashes of a token. The text need not be a JWT.
func Hash(token string) Hashes {
	out := Hashes{hashed: token}
	h := hashers.Get().(*hasher)
	defer h.release()
	h.buf = append(h.buf, token...)
	first, rest, _ := strings.Cut(token, ".") // Searching from the front is faster than for the last dot.
	second, _, dots := strings.Cut(rest, ".")
	if dots {
		out.end = len(first) + 1 + len(second)
	}
	h.Write(h.buf[:out.end])
	h.sum = h.Sum(h.sum[:0])
	out.input = [sha256.Size]byte(h.sum)
	h.Write(h.buf[out.end:])
	h.sum = h.Sum(h.sum[:0])
	out.Token = [sha256.Size]byte(h.sum)
	return out
}

// Hashed gives the token its hashes, so that Verify need not compute them again. Hashes of another token are ignored.
func (t *Token) Hashed(h Hashes) {
	if h.end > 0 && h.hashed[:h.end] == t.input {
		t.sum, t.summed = h.input, true
	}
}

// digest returns the hash of the signed part.
func (t *Token) digest(by crypto.Hash) []byte {
	if t.summed && by == crypto.SHA256 {
		return t.sum[:]
	}
	h := hashers.Get().(*hasher)
	defer h.release()
	h.buf = append(h.buf, t.input...)
	if by == crypto.SHA256 {
		h.Write(h.buf)
		return h.Sum(nil)
	}
	other := by.New()
	other.Write(h.buf)
	return other.Sum(nil)
}

// hasher is reused, so that no copy of a token and no state of a hash is allocated for each token.
type hasher struct {
	hash.Hash // SHA-256
	buf, sum  []byte
}

// blank is as long as the data that a hash buffers without hashing it.
var blank [sha256.BlockSize - 1]byte

var hashers = sync.Pool{New: func() any { return &hasher{Hash: sha256.New()} }}

// release removes the token from the hasher. Reset alone keeps the last block, which may be a whole opaque token.
func (h *hasher) release() {
	clear(h.buf)
	clear(h.sum)
	h.buf = h.buf[:0]
	h.Reset()
	h.Write(blank[:])
	h.Reset()
	hashers.Put(h)
}

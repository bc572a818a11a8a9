package jose

import (
	"crypto"
	"crypto/sha256"
	"hash"
	"strings"
	"sync"
)

// Hashes are the SHA-256 of a token and of the part that is signed, found in one pass: what a cache knows a token by
// then costs little beside its signature.
type Hashes struct {
	Token [sha256.Size]byte

	input  [sha256.Size]byte // up to the second dot
	end    int               // where that is
	hashed string
}

// Hash makes the hashes of a token, which may be anything.
func Hash(token string) Hashes {
	out := Hashes{hashed: token}
	h := hashers.Get().(*hasher)
	defer h.release()
	h.buf = append(h.buf, token...)
	first, rest, _ := strings.Cut(token, ".") // from the front: looking for the last byte is slow
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

// Hashed spares Verify a hash that is among these. Those of another token are of no use.
func (t *Token) Hashed(h Hashes) {
	if h.end > 0 && h.hashed[:h.end] == t.input {
		t.sum, t.summed = h.input, true
	}
}

// digest hashes what was signed.
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

// hasher saves a copy of each token, and the state of a hash, on the heap.
type hasher struct {
	hash.Hash // SHA-256
	buf, sum  []byte
}

// blank is as much as a hash keeps without hashing it.
var blank [sha256.BlockSize - 1]byte

var hashers = sync.Pool{New: func() any { return &hasher{Hash: sha256.New()} }}

// release leaves nothing of the token behind. Reset leaves what the last block held, which may be an opaque token as a whole.
func (h *hasher) release() {
	clear(h.buf)
	clear(h.sum)
	h.buf = h.buf[:0]
	h.Reset()
	h.Write(blank[:])
	h.Reset()
	hashers.Put(h)
}

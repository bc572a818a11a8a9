package trace

import (
	"crypto/rand"
	"encoding/base32"
	"sync"
)

const (
	idLength  = 26 // The length of rand.Text: 130 random bits.
	idsAtOnce = 16 // A stored ID keeps the text of this many IDs in memory.
)

// idText contains unused IDs, and the memory in which they are made.
type idText struct {
	unused  string
	random  [idsAtOnce * idLength * 5 / 8]byte
	encoded [idsAtOnce * idLength]byte
}

var idTexts = sync.Pool{New: func() any { return new(idText) }}

// NewID returns a random ID in the format of [rand.Text]. It makes several IDs at once, because an allocation and a request
// for random bytes are a large part of the cost of a decision about a cached token.
func NewID() string {
	t := idTexts.Get().(*idText)
	defer idTexts.Put(t)
	if t.unused == "" {
		_, _ = rand.Read(t.random[:]) // It never returns an error.
		base32.StdEncoding.Encode(t.encoded[:], t.random[:])
		t.unused = string(t.encoded[:])
	}
	id := t.unused[:idLength]
	t.unused = t.unused[idLength:]
	return id
}

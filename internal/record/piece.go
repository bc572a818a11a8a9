package record

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
)

// window is the length of the pieces that are compared. Any [minPart] bytes of a text contain a window that begins at a
// multiple of this length.
const window = 8

// maxEnd is the number of bytes at each end of a credential that a text is searched for.
const maxEnd = 8 << 10

// findPieces marks every repetition of at least [minPart] bytes of a credential, from its beginning, middle or end. A part
// without the beginning may be as useful to an attacker as the whole credential.
func (f *finder) findPieces(credentials []string) {
	if len(f.text) < minPart {
		return
	}
	at := make(map[uint64]int, len(f.text)/window)
	for i := 0; i+window <= len(f.text); i += window {
		at[word(f.text[i:])] = i
	}
	for _, c := range credentials {
		if len(c) > 2*maxEnd {
			f.findPiecesOf(c[len(c)-maxEnd:], at)
			c = c[:maxEnd]
		}
		f.findPiecesOf(c, at)
	}
}

// findPiecesOf marks the pieces of c. The positions of the windows of the text are in at.
func (f *finder) findPiecesOf(c string, at map[uint64]int) {
	for i := 0; i+window <= len(c); i++ {
		pos, ok := at[word(c[i:])]
		if !ok || f.covered[pos] {
			continue
		}
		from, to := i, i+window
		for from > 0 && pos-(i-from) > 0 && c[from-1] == f.text[pos-(i-from)-1] {
			from--
		}
		for to < len(c) && pos+to-i < len(f.text) && c[to] == f.text[pos+to-i] {
			to++
		}
		if to-from >= minPart {
			f.find(c[from:to], minPart)
			i = to - window
		}
	}
}

// word returns the first window of a text as a number.
func word(s string) uint64 { return binary.LittleEndian.Uint64([]byte(s[:window])) }

// encoded returns the credentials in hexadecimal digits, and in base64 for every position in a longer encoded text.
func encoded(credentials []string, size int) (out []string) {
	for _, c := range credentials {
		if c = c[:min(len(c), size)]; len(c) < minPart {
			continue
		}
		out = append(out, hex.EncodeToString([]byte(c)))
		for before := range 3 {
			text := make([]byte, before, before+len(c))
			text = append(text, c...)
			whole := len(text) - len(text)%3
			shared := (before*8 + 5) / 6 // The number of characters that contain a bit of the preceding text.
			std, url := base64.StdEncoding.EncodeToString(text[:whole])[shared:], base64.URLEncoding.EncodeToString(text[:whole])[shared:]
			if out = append(out, std); url != std {
				out = append(out, url)
			}
		}
	}
	return out
}

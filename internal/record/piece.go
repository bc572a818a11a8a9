package record

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
)

// window is the length of the pieces that are compared. Any [probe] bytes of a credential contain a window that
// begins at a multiple of its length.
const window = 8

// maxEnd is how many bytes at each end of a credential are searched for.
const maxEnd = 8 << 10

// findPieces marks every repetition of at least [probe] bytes of a credential, wherever in it they are. The end of a
// credential, or what follows a prefix, may be as good as the whole.
func (f *finder) findPieces(credentials []string) {
	if len(f.text) < probe {
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

func (f *finder) findPiecesOf(c string, at map[uint64]int) {
	for i := 0; i+window <= len(c); i++ {
		there, ok := at[word(c[i:])]
		if !ok || f.covered[there] {
			continue
		}
		from, to := i, i+window
		for from > 0 && there-(i-from) > 0 && c[from-1] == f.text[there-(i-from)-1] {
			from--
		}
		for to < len(c) && there+to-i < len(f.text) && c[to] == f.text[there+to-i] {
			to++
		}
		if to-from >= probe {
			f.find(c[from:to], probe)
			i = to - window
		}
	}
}

func word(s string) uint64 { return binary.LittleEndian.Uint64([]byte(s[:window])) }

// encoded returns the credentials in hexadecimal digits, and in base64 for every position in a longer encoded text.
func encoded(credentials []string, size int) (out []string) {
	for _, c := range credentials {
		if c = c[:min(len(c), size)]; len(c) < probe {
			continue
		}
		out = append(out, hex.EncodeToString([]byte(c)))
		for before := range 3 {
			text := make([]byte, before, before+len(c))
			text = append(text, c...)
			whole := len(text) - len(text)%3
			shared := (before*8 + 5) / 6 // The number of characters that contain a bit of what precedes.
			std, url := base64.StdEncoding.EncodeToString(text[:whole])[shared:], base64.URLEncoding.EncodeToString(text[:whole])[shared:]
			if out = append(out, std); url != std {
				out = append(out, url)
			}
		}
	}
	return out
}

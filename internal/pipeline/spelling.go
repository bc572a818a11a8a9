package pipeline

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// spellings are the texts that providers may read in an opaque token. Two spellings of one token have one in common, whichever
// way a provider reads: it compares exactly, or as a database does that folds case, or it decodes base64, hexadecimal digits
// or a UUID leniently. A revocation is kept under own; others are looked for besides.
//
// No more is done: two tokens that a provider gave out must not become one, such as "token-1" and "token-2".
func spellings(token string) (own, others []string) {
	if text, sealed := jose.Sealed(token); sealed {
		return []string{text}, nil
	}
	own = []string{folded(token)}
	for _, read := range readings {
		if text, random := read.text(strings.Split(token, ".")...); random && !slices.Contains(own, text) {
			own = append(own, text)
		}
		if text, random := read.text(strings.ReplaceAll(token, ".", "")); random { // the dots may be the sender's
			others = append(others, text)
		}
	}
	return own, append(others, token) // as earlier versions wrote it
}

// reading is how a decoder of base64 reads: it drops what is not of its alphabet.
type reading struct{ *strings.Replacer }

// readings are of both alphabets at once, and of either. No alphabet has padding or the sign ~.
var readings = [...]reading{
	{strings.NewReplacer("=", "", "~", "", "+", "-", "/", "_")},
	{strings.NewReplacer("=", "", "~", "", "+", "", "/", "")},
	{strings.NewReplacer("=", "", "~", "", "-", "", "_", "", "+", "-", "/", "_")},
}

// text drops empty parts. Of a part that looks random it also drops the prefix, and the end that fills no group of four
// characters: only some bits of that count, and many decoders do not look at the others. random: there is such a part.
func (r reading) text(parts ...string) (text string, random bool) {
	var b strings.Builder
	for _, part := range parts {
		whole, body := r.Replace(part), r.Replace(part[prefix(part):])
		if isRandom(body) {
			whole, random = body[:len(body)-len(body)%4], true
		}
		if whole != "" && b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(whole)
	}
	return b.String(), random
}

// folded is the token in small letters and, if enough is left then, without signs. Its own first sign keeps it apart from other
// spellings.
func folded(token string) string {
	small := strings.ToLower(token)
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, small)
	if len(letters) < minLetters {
		letters, _ = readings[0].text(strings.Split(small, ".")...)
	}
	return "~" + letters
}

// minLetters is how many letters and digits tell tokens apart whatever signs are among them.
const minLetters = 16

// minRandom is how many characters a part has that holds 128 random bits.
const minRandom = 22

// isRandom tells what looks like the base64 of a random value. Without the end of it, 120 bits are left at least.
func isRandom(body string) bool {
	return len(body) >= minRandom && looksRandom(body[:minRandom-2])
}

// prefix is the length of the words in small letters, each with an underscore, that the part begins with, such as "ory_at_":
// the provider may do without.
func prefix(part string) (end int) {
	for i := range len(part) {
		switch c := part[i]; {
		case c == '_' && i > end:
			end = i + 1
		case c < 'a' || c > 'z':
			return end
		}
	}
	return end
}

// looksRandom reports whether the text has letters of both cases: base64 of random bytes has, and a counter or a word has not.
func looksRandom(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' }) &&
		strings.ContainsFunc(s, func(r rune) bool { return r >= 'A' && r <= 'Z' })
}

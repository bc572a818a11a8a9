package pipeline

import "strings"

// canonical is the text that a provider may read in an opaque token, the same for spellings of it that a lenient provider
// does not tell apart. It drops empty parts, padding and the sign ~, which no alphabet of base64 has, and exchanges the
// standard alphabet for that of base64url. Of a part that looks random it also drops the prefix, and the end that fills no
// group of four characters: only some bits of that count, and many decoders do not look at the others.
//
// No more is done: two tokens that a provider gave out must not become one, such as "token-1" and "token-2".
func canonical(token string) string {
	var b strings.Builder
	b.Grow(len(token))
	for part := range strings.SplitSeq(token, ".") {
		if part = alphabet.Replace(part); part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(wholeGroups(part))
	}
	return b.String()
}

var alphabet = strings.NewReplacer("=", "", "~", "", "+", "-", "/", "_")

// minRandom is how many characters a part has that holds 128 random bits.
const minRandom = 22

// wholeGroups cuts a part that looks random to a multiple of four characters, behind a prefix such as "ory_at_", which the
// provider may do without. What is left holds 120 bits at least.
func wholeGroups(part string) string {
	body := part[prefix(part):]
	if len(body) < minRandom || !looksRandom(body[:minRandom-2]) {
		return part
	}
	return body[:len(body)-len(body)%4]
}

// prefix is the length of the words in small letters, each with an underscore, that the part begins with.
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

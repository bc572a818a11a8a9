package pipeline

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// spellings returns normal forms of an opaque token, so that a revoked token cannot be used in another spelling that the provider
// also accepts. Two spellings of one token share a normal form if the provider compares tokens exactly, ignores their case, or
// decodes them leniently from base64, hexadecimal digits or UUIDs. A revocation is stored under own, and looked up under own and
// others.
//
// Different tokens of a provider, such as "token-1" and "token-2", must not share a normal form.
func spellings(token string) (own, others []string) {
	if text, sealed := jose.Sealed(token); sealed {
		return []string{text}, nil
	}
	own = []string{foldedSpelling(token)}
	for _, d := range decoders {
		if text, random := d.normalForm(strings.Split(token, ".")...); random && !slices.Contains(own, text) {
			own = append(own, text)
		}
		if text, random := d.normalForm(strings.ReplaceAll(token, ".", "")); random { // the sender may have added the dots
			others = append(others, text)
		}
	}
	return own, append(others, token) // earlier versions stored the token itself
}

// decoder removes the characters that a lenient decoder of base64 ignores: those outside its alphabet.
type decoder struct{ *strings.Replacer }

// decoders accept both alphabets at once, or one of them. In every alphabet, padding and ~ are ignored.
var decoders = [...]decoder{
	{strings.NewReplacer("=", "", "~", "", "+", "-", "/", "_")},
	{strings.NewReplacer("=", "", "~", "", "+", "", "/", "")},
	{strings.NewReplacer("=", "", "~", "", "-", "", "_", "", "+", "-", "/", "_")},
}

// normalForm joins the parts that are not empty. From a part that looks random it removes the prefix, and the last characters that do
// not fill a group of four, because many decoders ignore some bits of these characters. random reports whether there is such a
// part.
func (d decoder) normalForm(parts ...string) (text string, random bool) {
	var b strings.Builder
	for _, part := range parts {
		whole, body := d.Replace(part), d.Replace(part[prefixLen(part):])
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

// foldedSpelling returns the token in lower case, after the prefix "~", which other normal forms do not have. If the token contains
// enough letters and digits, all other characters are removed.
func foldedSpelling(token string) string {
	lower := strings.ToLower(token)
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, lower)
	if len(letters) < minLetters {
		letters, _ = decoders[0].normalForm(strings.Split(lower, ".")...)
	}
	return "~" + letters
}

// minLetters is the number of letters and digits that distinguish tokens without their other characters.
const minLetters = 16

// minRandom is the number of base64 characters that contain 128 random bits.
const minRandom = 22

// isRandom reports whether the text looks like the base64 of a random value. It looks at 120 bits, because normalForm may remove the
// last characters.
func isRandom(body string) bool {
	return len(body) >= minRandom && hasBothCases(body[:minRandom-2])
}

// prefixLen returns the length of the leading words in lower case that end with an underscore, such as "ory_at_". The provider
// may accept the token without them.
func prefixLen(part string) (end int) {
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

// hasBothCases distinguishes base64 of random bytes from counters and words.
func hasBothCases(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' }) &&
		strings.ContainsFunc(s, func(r rune) bool { return r >= 'A' && r <= 'Z' })
}

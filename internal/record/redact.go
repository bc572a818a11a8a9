package record

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// Hidden replaces a removed secret.
const Hidden = "[redacted]"

const (
	minSecret = 3  // A shorter value is not removed, because it occurs in many texts by chance.
	minPart   = 16 // A shorter part of a credential is removed only at a cut.
)

// Secrets lists the secrets that a text must not contain.
type Secrets struct {
	// Credentials are tokens and their parts. A repetition of 16 bytes of one, or of its whole beginning, is removed.
	Credentials []string
	// Values are the values of claims. Every whole repetition is removed.
	Values []string
}

// Redact shortens a text to max bytes and removes secrets from it, also in the spellings of URLs, JSON, Go and SQL, and
// credentials in base64 and hexadecimal digits. If the text was cut, by Redact or before, Redact also removes the beginning
// of a secret at the cut. Its cost depends on max and the number of secrets. It looks for pieces of the first and last
// 8 KiB of a credential only.
func Redact(text string, max int, s Secrets) string {
	if len(text) > max {
		text = head(text, max) + mark
	}
	f := finder{text: text, covered: make([]bool, len(text))}
	for _, secret := range append(spelled(s.Credentials, len(text)), encoded(s.Credentials, len(text))...) {
		f.find(secret, min(len(secret), minPart))
	}
	f.findPieces(s.Credentials)
	for _, secret := range spelled(s.Values, len(text)) {
		f.find(secret, len(secret))
	}
	return f.rest()
}

// spelled returns the secrets in all spellings. It cuts each to size bytes, because the text is not longer.
func spelled(secrets []string, size int) []string {
	var out []string
	for _, s := range secrets {
		if len(s) < minSecret {
			continue
		}
		if len(s) > size {
			s = head(s, size)
		}
		if len(s) > 0 {
			out = appendSpellings(out, s)
		}
	}
	return out
}

// appendSpellings appends the spellings of a text in a URL, in quotes and in an SQL statement.
func appendSpellings(to []string, s string) []string {
	query := url.QueryEscape(s)
	if query == s {
		return append(to, s) // It is spelled the same everywhere.
	}
	inJSON, _ := json.Marshal(s) // Marshalling a string never fails.
	inGo := strconv.Quote(s)
	to = append(to, s, query, url.PathEscape(s), string(inJSON[1:len(inJSON)-1]), inGo[1:len(inGo)-1], strings.ReplaceAll(s, "'", "''"))
	return append(to, strings.ReplaceAll(s, "/", `\/`)) // PHP writes JSON in this way.
}

// finder marks the bytes to remove. It removes them only after all searches, because one secret may be a part of another.
type finder struct {
	text    string
	covered []bool
	found   bool // Reports that a byte is covered.
}

// find marks each repetition of the beginning of a secret that has at least minLen bytes.
func (f *finder) find(secret string, minLen int) {
	for from := 0; ; {
		at := strings.Index(f.text[from:], secret[:minLen])
		if at < 0 {
			break
		}
		at += from
		n := minLen
		for n < min(len(f.text)-at, len(secret)) && f.text[at+n] == secret[n] {
			n++
		}
		f.cover(at, at+n)
		from = at + n - minLen + 1
	}
	f.findEnds(secret)
}

// findEnds marks the beginning of a secret at the place of a cut, which may have cut the secret.
func (f *finder) findEnds(secret string) {
	for from := 0; ; {
		at := strings.Index(f.text[from:], mark)
		if at < 0 {
			return
		}
		at += from
		for n := min(at-from, len(secret)); n >= minSecret; n-- {
			if f.text[at-n:at] == secret[:n] {
				f.cover(at-n, at)
				break
			}
		}
		from = at + len(mark)
	}
}

// cover marks a part of the text.
func (f *finder) cover(from, to int) {
	f.found = true
	for i := range f.covered[from:to] {
		f.covered[from+i] = true
	}
}

// rest returns the text without the marked bytes.
func (f *finder) rest() string {
	if !f.found {
		return f.text
	}
	var out strings.Builder
	for i := range len(f.text) {
		switch {
		case !f.covered[i]:
			out.WriteByte(f.text[i])
		case i == 0 || !f.covered[i-1]:
			out.WriteString(Hidden)
		}
	}
	return out.String()
}

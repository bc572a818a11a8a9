package record

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// Hidden stands for what was taken out.
const Hidden = "[redacted]"

const (
	telling = 3  // the length from which a text betrays something; a shorter one is in many texts by accident
	probe   = 16 // bytes of a credential that are a secret by themselves
)

// Secrets are what a text must not repeat.
type Secrets struct {
	Credentials []string // a token, its parts: taken out where 16 bytes of one, or its whole beginning, are repeated
	Values      []string // of claims: taken out where they are repeated whole
}

// Redact bounds a text to max bytes, and takes secrets out of it, in the spellings of URLs, JSON, Go and SQL, and credentials as
// base64 and hexadecimal digits, too. Where the text was cut, here or before, the beginning of a secret goes, too. What it
// costs depends on max and the number of secrets; of a credential it looks for pieces of the first and last 8 KiB.
func Redact(text string, max int, s Secrets) string {
	if len(text) > max {
		text = head(text, max) + mark
	}
	f := finder{text: text, covered: make([]bool, len(text))}
	for _, secret := range append(spelled(s.Credentials, len(text)), encoded(s.Credentials, len(text))...) {
		f.find(secret, min(len(secret), probe))
	}
	f.findPieces(s.Credentials)
	for _, secret := range spelled(s.Values, len(text)) {
		f.find(secret, len(secret))
	}
	return f.rest()
}

// spelled are the secrets in all spellings, each only as long as could be repeated in a text of size bytes.
func spelled(secrets []string, size int) []string {
	var out []string
	for _, s := range secrets {
		if len(s) < telling {
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

// appendSpellings adds those in which a URL, a quotation and a statement of SQL repeat a text.
func appendSpellings(to []string, s string) []string {
	query := url.QueryEscape(s)
	if query == s {
		return append(to, s) // it holds nothing that is spelt otherwise
	}
	inJSON, _ := json.Marshal(s) // a string is always JSON
	inGo := strconv.Quote(s)
	to = append(to, s, query, url.PathEscape(s), string(inJSON[1:len(inJSON)-1]), inGo[1:len(inGo)-1], strings.ReplaceAll(s, "'", "''"))
	return append(to, strings.ReplaceAll(s, "/", `\/`)) // as PHP writes JSON
}

// finder marks what goes. It takes nothing out before it has looked for everything: one secret may be a part of another.
type finder struct {
	text    string
	covered []bool
	any     bool
}

// find marks each repetition of at least the first few bytes of a secret, as far as it goes.
func (f *finder) find(secret string, few int) {
	for from := 0; ; {
		at := strings.Index(f.text[from:], secret[:few])
		if at < 0 {
			break
		}
		at += from
		n := few
		for n < min(len(f.text)-at, len(secret)) && f.text[at+n] == secret[n] {
			n++
		}
		f.cover(at, at+n)
		from = at + n - few + 1
	}
	f.findEnds(secret)
}

// findEnds marks the beginning of a secret where it stands before a mark: whoever cut the text there may have cut the secret.
func (f *finder) findEnds(secret string) {
	for from := 0; ; {
		at := strings.Index(f.text[from:], mark)
		if at < 0 {
			return
		}
		at += from
		for n := min(at-from, len(secret)); n >= telling; n-- {
			if f.text[at-n:at] == secret[:n] {
				f.cover(at-n, at)
				break
			}
		}
		from = at + len(mark)
	}
}

func (f *finder) cover(from, to int) {
	f.any = true
	for i := range f.covered[from:to] {
		f.covered[from+i] = true
	}
}

// rest is the text without what is covered.
func (f *finder) rest() string {
	if !f.any {
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

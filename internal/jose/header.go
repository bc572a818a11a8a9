package jose

import (
	"strconv"
	"strings"

	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Header is the protected header. A member that is absent is an empty string.
type Header struct {
	Algorithm, Type, KeyID, X5T, X5TS256 string
	Raw                                  strictjson.Object
}

// MediaType returns typ in lower case and without the prefix "application/", which senders may omit (RFC 7515 section
// 4.1.9). It is empty if typ is absent, and "application/" if typ is the empty string, which is not a media type.
func (h Header) MediaType() string {
	switch h.Type {
	case "at+jwt":
		return "at+jwt"
	case "JWT":
		return "jwt"
	case "":
		if h.Raw.Has("typ") {
			return "application/"
		}
		return ""
	}
	typ := strings.ToLower(h.Type)
	if rest := strings.TrimPrefix(typ, "application/"); rest != "" {
		return rest
	}
	return typ
}

// headerNames lists the registered names (RFC 7515 section 4.1, RFC 7516 section 4.1, RFC 7797).
var headerNames = strictjson.NewFolds(
	"alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "b64", "zip", "enc",
)

// changing lists the members that change the meaning of the other parts. This package does not support them, so it
// refuses such a token, as RFC 7515 section 4.1.11 requires.
var changing = [...]string{"crit", "b64", "zip"}

func readHeader(raw strictjson.Object) (Header, error) {
	if name, found := headerNames.Imitation(raw); found {
		return Header{}, malformed("header member "+strconv.Quote(record.Clip(name, maxName))+" imitates a registered name", nil)
	}
	for _, name := range changing {
		if raw.Has(name) {
			return Header{}, &Error{Code: Critical, Problem: "the header has " + name + ", which is not supported"}
		}
	}
	alg, ok := raw.Get("alg")
	if !ok {
		return Header{}, &Error{Code: AlgorithmRefused, Problem: "the header has no alg"}
	}
	h := Header{Raw: raw}
	if h.Algorithm, ok = alg.Text(); !ok {
		return Header{}, &Error{Code: AlgorithmRefused, Problem: "alg is not a string"}
	}
	for _, m := range [...]struct {
		name string
		to   *string
	}{{"typ", &h.Type}, {"kid", &h.KeyID}, {"x5t", &h.X5T}, {"x5t#S256", &h.X5TS256}} {
		if *m.to, ok = optionalText(raw, m.name); !ok {
			return Header{}, malformed(m.name+" is not a string", nil)
		}
	}
	return h, nil
}

// optionalText returns the string member of this name, or an empty string if it is absent. ok is false if it has
// another type.
func optionalText(o strictjson.Object, name string) (text string, ok bool) {
	v, found := o.Get(name)
	if !found {
		return "", true
	}
	return v.Text()
}

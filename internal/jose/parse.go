package jose

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// DefaultMaxBytes is the longest token that [Parse] accepts if the caller sets no limit.
const DefaultMaxBytes = 64 << 10

// maxName is how many bytes of a name an error repeats.
const maxName = 200

// Token is a parsed token. It is not verified.
type Token struct {
	Header Header
	Claims strictjson.Object

	input     string // The signed text: the first two parts as they were received.
	signature []byte
	sum       [sha256.Size]byte // The hash of input.
	summed    bool              // Whether sum is set.
	padded    bool
}

// Padded reports whether the parts of the token have padding.
func (t *Token) Padded() bool { return t.padded }

// claimNames lists the claims that decide about a token. A name that differs from one of them only by case is
// refused, because a lenient reader after us would take it for that claim.
var claimNames = strictjson.NewFolds(
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti",
	"azp", "client_id", "scope", "scp", "cnf", "act", "may_act", "events", "typ", "token_use",
	"nonce", "at_hash", "c_hash", "s_hash", "auth_time", "acr", "amr", "sid",
)

// Parse parses a compact token of at most maxBytes bytes; 0 means [DefaultMaxBytes]. Its errors are of type [*Error].
// An empty signature is accepted; the check of the algorithm refuses such a token.
func Parse(token string, maxBytes int) (*Token, error) { return parse(token, maxBytes, false) }

// ParsePadded is [Parse] for a token whose parts all have the padding of base64url (RFC 4648 section 5), which RFC 7515 section 2
// forbids. The signature covers the padding. A part without its padding is refused, so that a token has one spelling.
func ParsePadded(token string, maxBytes int) (*Token, error) { return parse(token, maxBytes, true) }

// checkForm requires three parts of at most maxBytes bytes in all.
func checkForm(token string, maxBytes int) error {
	if len(token) > maxBytes {
		return &Error{Code: TooLarge, Problem: "the token is longer than the limit"}
	}
	switch strings.Count(token, ".") {
	case 2:
		return nil
	case 4:
		return &Error{Code: Encrypted, Problem: "the token has five parts: it is encrypted"}
	}
	return &Error{Code: NotCompact, Problem: "the token does not have three parts"}
}

func parse(token string, maxBytes int, padded bool) (*Token, error) {
	if maxBytes <= 0 {
		maxBytes = DefaultMaxBytes
	}
	if err := checkForm(token, maxBytes); err != nil {
		return nil, err
	}
	first, rest, _ := strings.Cut(token, ".")
	second, third, _ := strings.Cut(rest, ".")
	end := len(first) + 1 + len(second)

	d := decoders.Get().(*decoder)
	defer d.release()
	d.encoding = strictBase64
	if padded {
		d.encoding = paddedBase64
	}
	header, payload, signature := d.decode(first), d.decode(second), d.decode(third)
	text := string(d.buf[:payload.end]) // One copy serves both objects, and excludes the signature.
	limits := strictjson.Limits{Bytes: maxBytes}
	rawHeader, err := object(text, header, "header", limits)
	if err != nil {
		return nil, err
	}
	h, err := readHeader(rawHeader)
	if err != nil {
		return nil, err
	}
	claims, err := object(text, payload, "payload", limits)
	if err != nil {
		return nil, err
	}
	if name, found := claimNames.Imitation(claims); found {
		return nil, malformed("claim "+strconv.Quote(record.Clip(name, maxName))+" imitates a registered name", nil)
	}
	if signature.err != nil {
		return nil, malformed("the signature is not base64url", signature.err)
	}
	return &Token{Header: h, Claims: claims, input: token[:end], signature: slices.Clone(d.buf[signature.start:signature.end]), padded: padded}, nil
}

func object(text string, p part, name string, limits strictjson.Limits) (strictjson.Object, error) {
	if p.err != nil {
		return strictjson.Object{}, malformed("the "+name+" is not base64url", p.err)
	}
	o, err := strictjson.ParseText(text[p.start:p.end], limits)
	if err != nil {
		return strictjson.Object{}, malformed("the "+name+" is not one strict JSON object", err)
	}
	return o, nil
}

// decoder decodes the parts of a token into one buffer, which is reused for other tokens.
type decoder struct {
	buf      []byte
	encoding *base64.Encoding
}

// part is the position of a decoded part in the buffer.
type part struct {
	start, end int
	err        error
}

var decoders = sync.Pool{New: func() any { return &decoder{encoding: strictBase64} }}

// release clears the token from the buffer.
func (d *decoder) release() {
	clear(d.buf)
	d.buf, d.encoding = d.buf[:0], strictBase64
	decoders.Put(d)
}

var (
	strictBase64 = base64.RawURLEncoding.Strict()
	paddedBase64 = base64.URLEncoding.Strict()
	errLineBreak = errors.New("jose: the base64url contains a line break")
)

// decode decodes a part. It checks for line breaks itself, because the standard library skips them
// even in strict mode.
func (d *decoder) decode(text string) part {
	start := len(d.buf)
	if strings.IndexByte(text, '\r') >= 0 || strings.IndexByte(text, '\n') >= 0 {
		return part{start, start, errLineBreak}
	}
	var err error
	d.buf, err = d.encoding.AppendDecode(d.buf, []byte(text))
	return part{start, len(d.buf), err}
}

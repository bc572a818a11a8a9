package jose

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// DefaultMaxBytes bounds a token where the caller does not.
const DefaultMaxBytes = 64 << 10

// Token is a token that was read, not verified.
type Token struct {
	Header Header
	Claims strictjson.Object

	input     string // what was signed: the first two parts as they were received
	signature []byte
}

// claimNames are the claims that decide about a token. A name that becomes one of them by case folding only
// is refused: a lenient reader behind us would take it for the claim that we judged.
var claimNames = strictjson.NewFolds(
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti",
	"azp", "client_id", "scope", "scp", "cnf", "act", "may_act", "events", "typ", "token_use",
	"nonce", "at_hash", "c_hash", "s_hash", "auth_time", "acr", "amr", "sid",
)

// Parse reads a compact token of at most maxBytes; 0 means [DefaultMaxBytes].
// Its errors are of type [*Error]. The signature may be empty: it is the algorithm that refuses such a token.
func Parse(token string, maxBytes int) (*Token, error) {
	if maxBytes <= 0 {
		maxBytes = DefaultMaxBytes
	}
	if len(token) > maxBytes {
		return nil, &Error{Code: TooLarge, Problem: "the token is longer than the limit"}
	}
	switch strings.Count(token, ".") {
	case 2:
	case 4:
		return nil, &Error{Code: Encrypted, Problem: "the token has five parts: it is encrypted"}
	default:
		return nil, &Error{Code: NotCompact, Problem: "the token does not have three parts"}
	}
	end := strings.LastIndexByte(token, '.')
	first, second, _ := strings.Cut(token[:end], ".")

	parts := newDecoder(len(token))
	limits := strictjson.Limits{Bytes: maxBytes}
	rawHeader, err := parts.object(first, "header", limits)
	if err != nil {
		return nil, err
	}
	header, err := readHeader(rawHeader)
	if err != nil {
		return nil, err
	}
	claims, err := parts.object(second, "payload", limits)
	if err != nil {
		return nil, err
	}
	if name, found := claimNames.Imitation(claims); found {
		return nil, malformed("claim "+strconv.Quote(name)+" imitates a registered name", nil)
	}
	signature, err := parts.decode(token[end+1:])
	if err != nil {
		return nil, malformed("the signature is not base64url", err)
	}
	return &Token{Header: header, Claims: claims, input: token[:end], signature: signature}, nil
}

// decoder reads the parts of one token into one buffer.
type decoder struct{ buf []byte }

func newDecoder(encoded int) *decoder {
	return &decoder{make([]byte, 0, strictBase64.DecodedLen(encoded))}
}

func (d *decoder) object(part, name string, limits strictjson.Limits) (strictjson.Object, error) {
	text, err := d.decode(part)
	if err != nil {
		return strictjson.Object{}, malformed("the "+name+" is not base64url", err)
	}
	o, err := strictjson.Parse(text, limits)
	if err != nil {
		return strictjson.Object{}, malformed("the "+name+" is not one strict JSON object", err)
	}
	return o, nil
}

var (
	strictBase64 = base64.RawURLEncoding.Strict()
	errLineBreak = errors.New("jose: line break in base64url")
)

// decode reads base64url without padding. The decoder of the standard library skips line breaks even when strict.
func (d *decoder) decode(part string) ([]byte, error) {
	if strings.IndexByte(part, '\r') >= 0 || strings.IndexByte(part, '\n') >= 0 {
		return nil, errLineBreak
	}
	start := len(d.buf)
	var err error
	d.buf, err = strictBase64.AppendDecode(d.buf, []byte(part))
	return d.buf[start:], err
}

package jose

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Disguised reports whether a text that [Parse] refuses may be read as a JWT by a lenient reader, which splits at
// dots, drops empty parts and decodes base64url leniently. Such a text is another spelling of a token that this
// package checks or always refuses. A well-formed JWE (RFC 7516 section 7.1) is not disguised.
func Disguised(token string) bool {
	return resembles(token) && !isJWE(token)
}

// resembles looks for a header in the way of each kind of lenient decoder.
func resembles(token string) bool {
	if core := strings.Trim(token, ".~="); strings.HasPrefix(core, "eyJ") && (strings.Count(core, ".") == 2 || strings.Count(token, ".") == 2) {
		return true // It begins with a JSON object, which may be incomplete.
	}
	for _, foreign := range [...]string{"", "+/", "-_", "+/-_"} {
		if (foreign == "" || strings.ContainsAny(token, foreign)) && isHeader(firstPart(token, foreign)) {
			return true
		}
	}
	return false
}

// firstPart decodes the first part that is not empty.
func firstPart(token, foreign string) []byte {
	for part := range strings.SplitSeq(token, ".") {
		if data := decodeLeniently(part, foreign); len(data) > 0 {
			return data
		}
	}
	return nil
}

// decodeLeniently accepts both alphabets of base64. It ignores the characters of foreign, characters of no alphabet,
// and bits that fill no byte. It stops early if the data do not begin with a JSON object.
func decodeLeniently(part, foreign string) (data []byte) {
	var bits uint32
	var held int
	for i := range len(part) {
		value := sextets[part[i]]
		if value < 0 || strings.IndexByte(foreign, part[i]) >= 0 {
			continue
		}
		bits, held = bits<<6|uint32(value), held+6
		if held < 8 {
			continue
		}
		held -= 8
		data = append(data, byte(bits>>held))
		if len(data) == 4 && !beginsObject(data) { // This is so for nearly every opaque token.
			return data
		}
	}
	return data
}

// sextets holds the value of each character in the alphabets of base64, or -1.
var sextets = func() (values [256]int8) {
	for i := range values {
		values[i] = -1
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		values[c] = int8(i) //nolint:gosec // below 64
	}
	values['+'], values['/'] = values['-'], values['_']
	return values
}()

var byteOrderMark = []byte("\ufeff")

func beginsObject(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, byteOrderMark), jsonSpace)
	return len(data) == 0 || data[0] == '{'
}

const jsonSpace = " \t\r\n"

// isHeader reports whether the data begin with a JSON object that names an algorithm, as every JOSE header does (RFC
// 7515 section 4.1.1). It ignores what follows the object. If the object is not valid JSON, its beginning and the
// name are enough.
func isHeader(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, byteOrderMark), jsonSpace)
	if len(data) == 0 || data[0] != '{' {
		return false
	}
	var members map[string]json.RawMessage
	if json.NewDecoder(bytes.NewReader(data)).Decode(&members) != nil {
		return bytes.Contains(bytes.ToLower(data), []byte("alg"))
	}
	for name := range members {
		if strings.EqualFold(name, "alg") {
			return true
		}
	}
	return false
}

// isJWE reports whether the token is a JWE in compact form. Only its key may be empty.
func isJWE(token string) bool {
	_, sealed := Sealed(token)
	return sealed
}

// Sealed returns the parts of a compact JWE that every reader sees alike: the header as it is written, which the tag
// authenticates, and the initialization vector, ciphertext and tag in one text. Some readers (go-jose) ignore where
// the tag begins, and an encrypted key that the algorithm does not use.
func Sealed(token string) (text string, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 5 || parts[2] == "" || parts[3] == "" || parts[4] == "" {
		return "", false
	}
	d := decoders.Get().(*decoder)
	defer d.release()
	var header, vector part
	for i, text := range parts {
		p := d.decode(text)
		if p.err != nil {
			return "", false
		}
		switch i {
		case 0:
			header = p
		case 2:
			vector = p
		}
	}
	o, err := object(string(d.buf), header, "header", strictjson.Limits{Bytes: DefaultMaxBytes})
	if err != nil || !o.Has("enc") && !encrypts(o.Text("alg")) {
		return "", false
	}
	return parts[0] + "." + strictBase64.EncodeToString(d.buf[vector.start:]), true
}

// encrypts reports whether an algorithm belongs to the families that manage keys (RFC 7518 section 4.1), and so
// cannot sign.
func encrypts(alg string) bool {
	for _, family := range [...]string{"dir", "RSA", "ECDH-ES", "PBES2", "A128", "A192", "A256"} {
		if strings.HasPrefix(alg, family) {
			return true
		}
	}
	return false
}

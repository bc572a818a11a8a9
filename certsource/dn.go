package certsource

import (
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// dn is a distinguished name: its attributes as "OID=value", in the order in which they are written.
type dn []string

var errDN = errors.New("certsource: Subject is not a distinguished name such as CN=signing,O=Example")

// attributes maps short attribute names to OIDs: those of RFC 4514 section 3, and the spellings of Windows and
// OpenSSL.
var attributes = map[string]string{
	"CN": "2.5.4.3", "SN": "2.5.4.4", "SERIALNUMBER": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7", "ST": "2.5.4.8",
	"S": "2.5.4.8", "STREET": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "T": "2.5.4.12", "TITLE": "2.5.4.12",
	"POSTALCODE": "2.5.4.17", "GN": "2.5.4.42", "G": "2.5.4.42", "DC": "0.9.2342.19200300.100.1.25",
	"UID": "0.9.2342.19200300.100.1.1", "E": "1.2.840.113549.1.9.1", "EMAIL": "1.2.840.113549.1.9.1",
	"EMAILADDRESS": "1.2.840.113549.1.9.1",
}

func dnOf(n pkix.Name) dn {
	out := make(dn, len(n.Names))
	for i, a := range n.Names {
		out[i] = fmt.Sprintf("%s=%v", a.Type, a.Value)
	}
	return out
}

// equal compares the attributes exactly, in either order: RFC 4514 begins with the certificate's last attribute,
// other tools with the first.
func (n dn) equal(other dn) bool {
	if slices.Equal(n, other) {
		return true
	}
	reversed := slices.Clone(other)
	slices.Reverse(reversed)
	return slices.Equal(n, reversed)
}

// parseDN reads the text form of RFC 4514, and the blanks and quotes that RFC 1779 allowed.
func parseDN(text string) (dn, error) {
	var out dn
	rest := text
	for more := true; more; {
		attribute, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, errDN
		}
		oid, err := attributeOID(strings.TrimSpace(attribute))
		if err != nil {
			return nil, err
		}
		var value string
		if value, rest, more, err = nextValue(strings.TrimLeft(after, " ")); err != nil {
			return nil, err
		}
		out = append(out, oid+"="+value)
	}
	return out, nil
}

func attributeOID(attribute string) (string, error) {
	short := strings.ToUpper(attribute)
	if oid, ok := attributes[short]; ok {
		return oid, nil
	}
	oid := strings.TrimPrefix(short, "OID.")
	if oid == "" || strings.Trim(oid, "0123456789.") != "" {
		return "", fmt.Errorf("%w: unknown attribute %q", errDN, attribute)
	}
	return oid, nil
}

// nextValue reads a value up to an unescaped separator. more reports that there was a separator.
func nextValue(s string) (value, rest string, more bool, err error) {
	var b strings.Builder
	quoted, solid := false, 0 // solid is the length of the value without trailing blanks.
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			n, raw := unescape(s[i+1:])
			if n == 0 {
				return "", "", false, errDN
			}
			b.WriteString(raw)
			i += n
			solid = b.Len()
		case c == '"':
			quoted = !quoted
			solid = b.Len()
		case !quoted && strings.IndexByte(",;+", c) >= 0:
			return b.String()[:solid], s[i+1:], true, nil
		default:
			b.WriteByte(c)
			if c != ' ' || quoted {
				solid = b.Len()
			}
		}
	}
	if quoted || solid == 0 {
		return "", "", false, errDN
	}
	return b.String()[:solid], "", false, nil
}

// unescape reads what follows a backslash: two hexadecimal digits, or a single character.
func unescape(s string) (length int, raw string) {
	if len(s) >= 2 {
		if b, err := hex.DecodeString(s[:2]); err == nil {
			return 2, string(b)
		}
	}
	if s == "" {
		return 0, ""
	}
	return 1, s[:1]
}

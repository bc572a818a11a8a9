package hints

import (
	"encoding/base64"
	"slices"
	"strings"
)

// Shape describes the form of a credential without any of its characters.
type Shape string

// The shapes of credentials in another header than Authorization.
const (
	ElsewhereMissing Shape = "no such header"
	ElsewhereSeveral Shape = "several values"
	ElsewhereScheme  Shape = "a scheme before the token"
	ProtocolOf       Shape = "a subprotocol for a token"
)

// The shapes of an Authorization header.
const (
	Missing     Shape = "no Authorization header"
	Several     Shape = "several Authorization headers"
	NoScheme    Shape = "a token without a scheme"
	OtherScheme Shape = "another scheme"
	Twice       Shape = "the word Bearer twice"
	Quoted      Shape = "a quoted token"
	Listed      Shape = "more than one word"
	Empty       Shape = "an empty token after Bearer"
	Placeholder Shape = "a placeholder instead of a token"
	Misspelt    Shape = "the word Bearer without a blank after it"
	JSON        Shape = "a JSON object"
	Assigned    Shape = "a name and = before the token"
)

// schemePrefix begins the shape of a header with a known scheme.
const schemePrefix = "the scheme "

var schemes = []string{"Basic", "Digest", "Token", "JWT", "DPoP", "Negotiate", "NTLM", "OAuth", "ApiKey", "AWS4-HMAC-SHA256"}

// The shapes of a token.
const (
	Google      Shape = "a Google access token"
	Cut         Shape = "the beginning of a JWT"
	Opaque      Shape = "opaque"
	Encrypted   Shape = "encrypted with a key that it contains"
	EncryptedTo Shape = "encrypted with a pre-shared key"
	Padded      Shape = "parts with padding"
	Base64      Shape = "parts in base64 instead of base64url"

	LoadBalancer Shape = "the header X-Amzn-Oidc-Data"
	Refresh      Shape = "an opaque refresh token"
	Code         Shape = "an authorization code"
	XML          Shape = "XML in base64"
	UUID         Shape = "an opaque UUID"
	TooLarge     Shape = "longer than 64 KiB"
)

// maxExamined is the greatest length of a token. Of a longer text only the beginning is examined, so that a long text does
// not cost more.
const maxExamined = 64 << 10

// OfCredentials returns the shape of the values of a header with credentials. The name is empty if it is Authorization.
func OfCredentials(header string, values []string) Shape {
	switch {
	case header == "":
		return OfHeader(values)
	case header == "Sec-Websocket-Protocol":
		return ProtocolOf
	case len(values) == 0:
		return ElsewhereMissing
	case len(values) > 1:
		return ElsewhereSeveral
	case len(values[0]) > len("Bearer ") && strings.EqualFold(values[0][:len("Bearer ")], "Bearer "):
		return ElsewhereScheme
	}
	return ""
}

// OfHeader returns the shape of the values of the Authorization header.
func OfHeader(values []string) Shape {
	switch len(values) {
	case 0:
		return Missing
	case 1:
	default:
		return Several
	}
	value := values[0][:min(len(values[0]), maxExamined)]
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	rest = strings.TrimSpace(rest)
	first, _, more := strings.Cut(rest, " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer") && hasBearer(scheme):
		return Misspelt
	case !strings.EqualFold(scheme, "Bearer") && rest == "" && looksLikeJWT(scheme):
		return NoScheme
	case !strings.EqualFold(scheme, "Bearer"):
		return ofScheme(scheme, rest)
	case rest == "":
		return Empty
	case isJSON(rest):
		return JSON
	case isAssigned(rest):
		return Assigned
	case isPlaceholder(rest):
		return Placeholder
	case strings.EqualFold(first, "Bearer") || strings.EqualFold(first, "Bearer:"):
		return Twice
	case strings.ContainsAny(rest, "\"'`") || strings.ContainsAny(rest, "<>"):
		return Quoted
	case more || strings.Contains(rest, ","):
		return Listed
	}
	return ""
}

func hasBearer(s string) bool {
	return len(s) >= len("Bearer") && strings.EqualFold(s[:len("Bearer")], "Bearer")
}

// ofScheme returns the shape of a header with another scheme than Bearer.
func ofScheme(scheme, rest string) Shape {
	if i := slices.IndexFunc(schemes, func(known string) bool { return strings.EqualFold(known, scheme) }); i >= 0 && rest != "" {
		return Shape(schemePrefix + schemes[i])
	}
	return OtherScheme
}

// isJSON reports whether a text is a JSON object with a member.
func isJSON(s string) bool { return strings.HasPrefix(s, "{") && strings.Contains(s, `"`) }

// isAssigned reports whether a text is a name, an equals sign and a JWT, or several such pairs.
func isAssigned(s string) bool {
	name, value, _ := strings.Cut(s, "=")
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.") == "" && name != "" && strings.HasPrefix(strings.Trim(value, `"`), "eyJ") ||
		strings.HasPrefix(s, "access_token=")
}

// isPlaceholder reports whether a client sent a placeholder instead of its token.
func isPlaceholder(s string) bool {
	if strings.HasPrefix(s, "$") || strings.HasPrefix(s, "{{") || strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") {
		return true
	}
	bare := strings.Trim(s, `"'`)
	return slices.ContainsFunc(placeholders, func(word string) bool { return strings.EqualFold(bare, word) })
}

var placeholders = []string{
	"undefined", "null", "nil", "none", "[object object]", "token", "<token>", "your_token", "access_token",
}

func looksLikeJWT(s string) bool { return strings.HasPrefix(s, "eyJ") || strings.Count(s, ".") == 2 }

// OfToken returns the shape of a token that could not be parsed.
func OfToken(raw string) Shape {
	if len(raw) > maxExamined {
		return TooLarge
	}
	dots := strings.Count(raw, ".")
	switch {
	case isJSON(raw):
		return JSON
	case isAssigned(raw):
		return Assigned
	case isPlaceholder(raw):
		return Placeholder
	case strings.HasPrefix(raw, "ya29."):
		return Google
	case hasPrefix(raw, "1//", "ory_rt_"): // Google, ORY Hydra
		return Refresh
	case hasPrefix(raw, "4/0", "ory_ac_"), dots == 2 && isUUIDs(strings.Split(raw, ".")...): // Google, ORY Hydra, Keycloak
		return Code
	case hasPrefix(raw, "PHNhbWw", "PFNBTUw", "PD94bWw"): // <saml, <SAML, <?xml
		return XML
	case isUUIDs(raw):
		return UUID
	case dots == 4 && strings.Contains(raw, ".."):
		return EncryptedTo
	case dots == 4:
		return Encrypted
	case dots < 2 && strings.HasPrefix(raw, "eyJ"):
		return Cut
	case dots != 2:
		return Opaque
	case strings.Contains(raw, "=.") || strings.HasSuffix(raw, "="):
		return ofPadded(raw)
	case strings.ContainsAny(raw, "+/"):
		return Base64
	case endsWithinByte(raw[strings.LastIndexByte(raw, '.')+1:]):
		return Cut
	}
	return ""
}

func hasPrefix(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// isUUIDs reports whether each text is a UUID (RFC 9562 section 4).
func isUUIDs(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(s string) bool {
		if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return true
		}
		return strings.Count(s, "-") != 4 || strings.Trim(s, "-0123456789abcdefABCDEF") != ""
	})
}

// ofPadded recognises the load balancer of AWS by the header of its token, which names its signer.
func ofPadded(raw string) Shape {
	first, _, _ := strings.Cut(raw, ".")
	header, err := base64.URLEncoding.DecodeString(first)
	if err == nil && strings.Contains(string(header), `"signer":`) {
		return LoadBalancer
	}
	return Padded
}

// endsWithinByte reports whether a part is base64url that was cut within a byte.
func endsWithinByte(part string) bool {
	whole := len(part) / 4 * 4
	if strings.Trim(part[:whole], base64url) != "" {
		return false
	}
	end := part[whole:]
	_, err := base64.RawURLEncoding.Strict().DecodeString(end)
	_, lenient := base64.RawURLEncoding.DecodeString(end)
	return err != nil && (lenient == nil || len(end) == 1)
}

const base64url = "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

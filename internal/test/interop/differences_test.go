package interop

import "strings"

// difference is what others judge otherwise than we do, and why we differ.
type difference struct{ others, why string }

func (d difference) names() []string { return strings.Fields(d.others) }

// genuine are the forgeries that we accept: odd, but signed by the issuer and of one meaning.
var genuine = set(
	"plain", "alg only", "blanks in the header", "escapes in the header", "unknown member", "cty", "jku", "x5u", "empty kid",
	"jku is a number", "jwk is a string", "jwk is no key", "x5c is no certificate", "jwk of another key in the header",
	"x5t of no certificate of ours", // the kid decides
	"typ of a logout token",         // refused by who judges claims
	"empty object", "odd but legal payload", "number beyond a float", "number beyond 64 bits",
	"s negated", "alg by its new name",
)

func set(names ...string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, name := range names {
		out[name] = true
	}
	return out
}

// anotherAlg is the one forgery that depends on whether the key set says what its keys are for.
const anotherAlg = "another alg of the same key"

const (
	all = "jwx go-jose golang-jwt"

	unread      = "a member that we never read, whatever it is: keys come from where the service was told, never from a token"
	keysAlg     = "jwx verifies with the algorithm it is given and does not look at the header's; we want them equal"
	oneMeaning  = "two readers may take different values from it, and one of them has judged"
	unsupported = "RFC 7515 section 4.1.11: refuse what is critical and not understood, and a malformed crit"
	changes     = "it changes what the payload means, and we implement none of it"
	isText      = "RFC 7515 section 4.1: the member is a string"
	exactly     = "RFC 7515 section 2: base64url without padding, line breaks or blanks; else one token has many spellings"
	reencoded   = "decoded, and encoded anew before the signature is verified; we verify what was received"
	noClaims    = "RFC 7519 section 7.2: the payload is one JSON object; who reads JWS only does not look"
	utf8        = "RFC 7519 section 7.2: UTF-8; a replaced character lets two names be one"
	bounds      = "more than an access token needs; whoever parses it works for the sender"
	compactOnly = "RFC 6750 and RFC 7519 know the compact form only"
	saltLength  = "RFC 7518 section 3.5: the salt is as long as the hash"
	oneCurve    = "RFC 7518 section 3.4: the algorithm has one curve"
)

// differences is by name of the forgery. What is not listed here all of us judge alike.
var differences = map[string]difference{
	// We accept, and some do not.
	"blanks in the header":  {"jwx", "jwx loses blanks around the header before it computes the signature"},
	"jku is a number":       {"jwx", unread},
	"jwk is a string":       {"jwx go-jose", unread},
	"jwk is no key":         {"jwx go-jose", unread},
	"alg by its new name":   {"go-jose golang-jwt", "RFC 9864 section 2.2: Ed25519 is what EdDSA is there"},
	"x5c is no certificate": {"go-jose", unread},
	"number beyond a float": {"golang-jwt", "legal JSON; golang-jwt wants each number to fit a float64. exp, nbf and iat have their own bounds"},

	// We refuse, and some accept: the header.
	"alg missing":                            {"jwx", keysAlg},
	"alg null":                               {"jwx", keysAlg},
	"alg empty":                              {"jwx", keysAlg},
	"alg none, signed":                       {"jwx", keysAlg},
	"alg unknown":                            {"jwx", keysAlg},
	"alg with a blank":                       {"jwx", keysAlg},
	"alg HS256, signed":                      {"jwx", keysAlg},
	"alg Ed25519":                            {"jwx", keysAlg},
	"name of alg in mixed case":              {"jwx", keysAlg},
	"alg exchanged, signed as the key's alg": {"jwx", keysAlg},
	"alg twice, first none":                  {"jwx golang-jwt", oneMeaning},
	"alg twice, last none":                   {"jwx", oneMeaning},
	"alg twice, alike":                       {"jwx golang-jwt", oneMeaning},
	"alg and its imitation":                  {all, oneMeaning},
	"kid twice":                              {"jwx golang-jwt", oneMeaning},
	"kid with a Kelvin sign":                 {all, oneMeaning},
	"kid of no key":                          {all, "we choose keys by kid; the others are handed the key here"},
	"kid null":                               {all, isText},
	"kid number":                             {"golang-jwt", isText},
	"typ number":                             {"go-jose golang-jwt", isText},
	"x5t number":                             {"go-jose golang-jwt", isText},
	"crit of an unknown name":                {"jwx golang-jwt", unsupported},
	"crit of an absent name":                 {"jwx golang-jwt", unsupported},
	"crit of exp":                            {"jwx golang-jwt", unsupported},
	"crit empty":                             {all, unsupported},
	"crit null":                              {all, unsupported},
	"crit of b64, which is true":             {all, changes},
	"crit of b64, which is false":            {"jwx golang-jwt", changes},
	"b64 false without crit":                 {"jwx golang-jwt", changes},
	"b64 true without crit":                  {all, changes},
	"payload not encoded":                    {"jwx", changes},
	"zip":                                    {all, changes},
	"header with bytes that are no UTF-8":    {all, utf8},

	// The payload.
	"sub twice":                            {all, oneMeaning},
	"sub twice, once escaped":              {all, oneMeaning},
	"sub and its imitation":                {all, oneMeaning},
	"sub with a long s":                    {all, oneMeaning},
	"nested duplicate":                     {all, oneMeaning},
	"payload with bytes that are no UTF-8": {all, utf8},
	"lone surrogate":                       {all, utf8},
	"payload null":                         {all, noClaims},
	"payload with trailing text":           {"jwx go-jose", noClaims},
	"two payloads":                         {"jwx go-jose", noClaims},
	"payload array":                        {"jwx go-jose", noClaims},
	"payload string":                       {"jwx go-jose", noClaims},
	"payload text":                         {"jwx go-jose", noClaims},
	"payload empty":                        {"jwx go-jose", noClaims},
	"payload with a byte order mark":       {"jwx go-jose", noClaims},
	"control character in a string":        {"jwx go-jose", noClaims},
	"payload with a comment":               {"jwx go-jose", noClaims},
	"payload with NaN":                     {"jwx go-jose", noClaims},
	"number with a leading zero":           {"jwx go-jose", noClaims},
	"token in a token":                     {"jwx go-jose", noClaims},
	"deep nesting":                         {all, bounds},
	"many members":                         {all, bounds},
	"large token":                          {all, bounds},

	// The encoding and the form.
	"signature padded":                                     {"jwx", exactly},
	"signature in the standard alphabet":                   {"jwx", exactly},
	"signature with a line break":                          {all, exactly},
	"line break at the end":                                {all, exactly},
	"bits that stand for nothing, in the signature":        {all, exactly},
	"header with a line break":                             {"golang-jwt", exactly},
	"payload with a line break":                            {"golang-jwt", exactly},
	"bits that stand for nothing, in the header":           {"golang-jwt", exactly},
	"bits that stand for nothing, in the payload":          {"golang-jwt", exactly},
	"header padded afterwards":                             {"jwx", reencoded},
	"header with a line break afterwards":                  {"jwx go-jose", reencoded},
	"header with blanks around it afterwards":              {"jwx", reencoded},
	"header with bits that stand for nothing, afterwards":  {"jwx go-jose", reencoded},
	"payload padded afterwards":                            {"jwx", reencoded},
	"payload with a line break afterwards":                 {"jwx go-jose", reencoded},
	"payload with bits that stand for nothing, afterwards": {"jwx go-jose", reencoded},
	"flattened JSON":                                       {"jwx", compactOnly},
	"general JSON":                                         {"jwx", compactOnly},

	// The key.
	anotherAlg:                             {"go-jose golang-jwt", "RFC 7517 section 4.4: alg is what the key is for; they are handed a key without it"},
	"RSA key of 1024 bits":                 {all, "RFC 7518 section 3.3: at least 2048 bits"},
	"PSS with a salt too short":            {all, saltLength},
	"PSS with a salt too long":             {all, saltLength},
	"PSS with the longest salt":            {all, saltLength},
	"key of a smaller curve, P-256":        {"golang-jwt", oneCurve},
	"key of a smaller curve, P-384":        {"golang-jwt", oneCurve},
	"key and signature of a smaller curve": {"jwx", oneCurve},
}

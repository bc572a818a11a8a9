package interop

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// addUnsecured adds tokens that are not signed, or that the public key "signed" as a secret.
func (f *forge) addUnsecured() {
	for _, alg := range []string{"none", "None", "NONE", "nOnE", ""} {
		f.add(fmt.Sprintf("unsecured, alg %q", alg), encode(`{"alg":"`+alg+`","kid":"k1"}`)+"."+encode(plainPayload)+".")
	}
	der := must(x509.MarshalPKIXPublicKey(f.key.Public()))
	for name, secret := range map[string][]byte{
		"DER":             der,
		"PEM":             pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"JWK":             must(jose.MarshalJWK("k1", f.alg, f.key.Public())),
		"an empty string": nil,
	} {
		input := encode(`{"alg":"HS256","kid":"k1"}`) + "." + encode(plainPayload)
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		token := input + "." + encode(mac.Sum(nil))
		// A verifier that takes the key for a secret accepts the token; otherwise the token would test nothing.
		must(jwt.Parse(token, func(*jwt.Token) (any, error) { return secret, nil }, jwt.WithoutClaimsValidation()))
		f.add("HMAC by the public key as "+name, token)
	}
}

// addEncodings adds tokens whose base64url is not as RFC 7515 section 2 wants it. What has to be signed as it is
// written, is.
func (f *forge) addEncodings() {
	h, p, s := f.plain()
	padded := base64.URLEncoding.EncodeToString
	// The length of a part that makes padding necessary.
	header, payload := f.plainHeader(), plainPayload
	for len(header)%3 == 0 {
		header += " "
	}
	for len(payload)%3 == 0 {
		payload += " "
	}
	f.add("header padded", f.signed(padded([]byte(header)), p))
	f.add("payload padded", f.signed(h, padded([]byte(payload))))
	if rest := len(s) % 4; rest != 0 {
		f.add("signature padded", h+"."+p+"."+s+strings.Repeat("=", 4-rest))
		f.add("bits that stand for nothing, in the signature", h+"."+p+"."+spare(s))
	}
	f.add("signature padded needlessly", h+"."+p+"."+s+"====")
	const odd = `{"a":"???>>>"}`
	f.add("payload in the standard alphabet", f.signed(h, base64.RawStdEncoding.EncodeToString([]byte(odd))))
	for n := 0; ; n++ { // until a signature has a character in which the alphabets differ
		token := f.signed(h, encode(fmt.Sprintf(`{"n":%d}`, n)))
		at := strings.LastIndexByte(token, '.')
		if other := strings.NewReplacer("-", "+", "_", "/").Replace(token[at:]); other != token[at:] {
			f.add("signature in the standard alphabet", token[:at]+other)
			break
		}
	}

	f.add("header with a line break", f.signed(h[:4]+"\n"+h[4:], p))
	f.add("payload with a line break", f.signed(h, p[:4]+"\r\n"+p[4:]))
	f.add("signature with a line break", h+"."+p+"."+s[:4]+"\n"+s[4:])
	f.add("line break at the end", h+"."+p+"."+s+"\n")
	f.add("blank at the end", h+"."+p+"."+s+" ")
	f.add("blank at the beginning", " "+h+"."+p+"."+s)
	f.add("NUL at the end", h+"."+p+"."+s+"\x00")
	f.add("question mark within the signature", h+"."+p+"."+s[:4]+"?"+s[4:])
	f.add("bits that stand for nothing, in the header", f.signed(spare(encode(header)), p))
	f.add("bits that stand for nothing, in the payload", f.signed(h, spare(encode(payload))))
	f.add("single character at the end of the payload", f.signed(h, encode(`{"a":123}`)+"A"))
}

// addSpellings adds tokens of which one part was spelled otherwise after they were signed. What was received is then
// not what was signed, which goes unnoticed by who decodes a part and encodes it anew.
func (f *forge) addSpellings() {
	header, payload := f.plainHeader(), plainPayload
	for len(header)%3 == 0 {
		header += " "
	}
	for len(payload)%3 == 0 {
		payload += " "
	}
	token := f.signed(encode(header), encode(payload))
	h, rest, _ := strings.Cut(token, ".")
	p, s, _ := strings.Cut(rest, ".")
	pad := func(part string) string { return part + strings.Repeat("=", (4-len(part)%4)%4) }
	f.add("header padded afterwards", pad(h)+"."+p+"."+s)
	f.add("header with a line break afterwards", h[:4]+"\n"+h[4:]+"."+p+"."+s)
	f.add("header with blanks around it afterwards", encode(" "+header+" ")+"."+p+"."+s)
	f.add("header with blanks in it afterwards", encode(strings.Replace(header, ":", ": ", 1))+"."+p+"."+s)
	f.add("header with bits that stand for nothing, afterwards", spare(h)+"."+p+"."+s)
	f.add("payload padded afterwards", h+"."+pad(p)+"."+s)
	f.add("payload with a line break afterwards", h+"."+p[:4]+"\n"+p[4:]+"."+s)
	f.add("payload with a blank afterwards", h+"."+encode(payload+" ")+"."+s)
	f.add("payload with bits that stand for nothing, afterwards", h+"."+spare(p)+"."+s)
}

// addSerialisations adds what is not three parts.
func (f *forge) addSerialisations() {
	h, p, s := f.plain()
	f.add("four parts", h+"."+p+"."+s+".AAAA")
	f.add("dot at the end", h+"."+p+"."+s+".")
	f.add("dot at the beginning", "."+h+"."+p+"."+s)
	f.add("five parts", h+"."+p+"."+s+"..")
	f.add("two parts", h+"."+p)
	f.add("payload left out", h+".."+s)
	f.add("header left out", "."+p+"."+s)
	f.add("empty", "")
	f.add("only dots", "..")
	f.add("in quotes", `"`+h+"."+p+"."+s+`"`)
	f.add("behind its scheme", "Bearer "+h+"."+p+"."+s)
	f.add("two tokens", h+"."+p+"."+s+","+h+"."+p+"."+s)
	f.add("flattened JSON", `{"protected":"`+h+`","payload":"`+p+`","signature":"`+s+`"}`)
	f.add("general JSON", `{"payload":"`+p+`","signatures":[{"protected":"`+h+`","signature":"`+s+`"}]}`)
	f.add("flattened JSON, alg unprotected",
		`{"header":{"alg":"`+f.alg+`"},"payload":"`+p+`","signature":"`+encode(sign(f.alg, f.key, "."+p))+`"}`)
	f.add("token in a token", f.signed(h, encode(h+"."+p+"."+s)))
	// RFC 7797: the payload as it is, without dots.
	b64 := encode(`{"alg":"` + f.alg + `","kid":"k1","crit":["b64"],"b64":false}`)
	f.add("payload not encoded", f.signed(b64, `{"sub":"alice"}`))
}

// spare sets a bit of the last character that the decoded bytes do not hold.
func spare(part string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(part) - 1
	return part[:last] + string(alphabet[strings.IndexByte(alphabet, part[last])|1])
}

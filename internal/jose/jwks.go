package jose

import (
	"bytes"
	"crypto"
	"crypto/sha1" //nolint:gosec // x5t is defined with it (RFC 7517 section 4.8); it only finds a key
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/lestrrat-go/jwx/v2/jwk"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

const (
	maxKeys     = 1000
	maxSetBytes = 1 << 20
)

// JWK is a public key of a set that can verify signatures.
type JWK struct {
	ID, Algorithm string
	// Issuer is the member issuer, with which Entra ID limits the issuer that the key signs for.
	Issuer string
	Public crypto.PublicKey
	// Certificate is the first certificate of x5c. Its chain is not validated.
	Certificate *x509.Certificate
	// X5T and X5TS256 are the members of these names, or else the thumbprints of the certificate.
	X5T, X5TS256 string
}

// Skipped is a key of a set that cannot be used, and the reason. Use is the member of this name, or "".
type Skipped struct{ ID, Why, Use string }

// ParseJWKS parses a JWK set of at most 1 MiB. A key that cannot be used is skipped with the reason; it neither
// affects nor counts against the others. Keys after the first thousand usable ones are skipped together. uses lists
// accepted values of use besides "sig". It returns an error if the text is not one strict JSON object with an array
// named keys.
func ParseJWKS(data []byte, uses ...string) (keys []JWK, skipped []Skipped, err error) {
	set, err := strictjson.Parse(data, strictjson.Limits{Bytes: maxSetBytes, Values: 1 << 15, Shallow: true})
	if err != nil {
		return nil, nil, fmt.Errorf("jose: key set: %w", err)
	}
	member, _ := set.Get("keys")
	list, ok := member.Elements()
	if !ok {
		return nil, nil, errors.New("jose: the key set has no array named keys")
	}
	for i, v := range list {
		if len(keys) == maxKeys {
			rest := Skipped{Why: fmt.Sprintf("%d keys beyond the first %d", len(list)-i, maxKeys)}
			return keys, slices.Insert(skipped, 0, rest), nil
		}
		o, ok := v.Object()
		if !ok {
			skipped = append(skipped, Skipped{Why: "not an object without duplicate members"})
			continue
		}
		key, err := readKey(o, uses)
		if err != nil {
			skipped = append(skipped, Skipped{ID: key.ID, Why: err.Error(), Use: o.Text("use")})
			continue
		}
		keys = append(keys, key)
	}
	return keys, skipped, nil
}

func readKey(o strictjson.Object, uses []string) (key JWK, err error) {
	for _, m := range [...]struct {
		name string
		to   *string
	}{
		{"kid", &key.ID},
		{"alg", &key.Algorithm},
		{"issuer", &key.Issuer},
		{"x5t", &key.X5T},
		{"x5t#S256", &key.X5TS256},
	} {
		var ok bool
		if *m.to, ok = optionalText(o, m.name); !ok {
			return key, errors.New(m.name + " is not a string")
		}
	}
	if err := checkPurpose(o, uses); err != nil {
		return key, err
	}
	if key.Public, err = publicKey(o); err != nil {
		return key, err
	}
	switch {
	case !usable(key.Public):
		return key, errors.New("the key is weak or malformed, or its type cannot sign")
	case key.Algorithm != "" && !Allowed(key.Algorithm):
		return key, errors.New("alg is not allowed")
	case key.Algorithm != "" && !Fits(key.Algorithm, key.Public):
		return key, errors.New("alg does not fit the key")
	}
	return key, key.readCertificate(o)
}

// checkPurpose returns an error if the key is not public, or is not meant to verify signatures.
func checkPurpose(o strictjson.Object, uses []string) error {
	if kty, _ := o.Get("kty"); kty.Raw() == `"oct"` || o.Has("k") {
		return errors.New("the key is symmetric")
	}
	if slices.ContainsFunc([]string{"d", "p", "q", "dp", "dq", "qi", "oth", "priv"}, o.Has) {
		return errors.New("the key is private, and no longer secret once it is published")
	}
	if use, ok := optionalText(o, "use"); !ok || o.Has("use") && use != "sig" && !slices.Contains(uses, use) {
		return errors.New("use is not sig")
	}
	if ops, found := o.Get("key_ops"); found {
		list, ok := ops.Texts()
		if !ok || ops.Kind() != strictjson.Array || !slices.Contains(list, "verify") {
			return errors.New("key_ops does not contain verify")
		}
	}
	return nil
}

// publicKey passes only the members of the key itself to the JOSE library, which reads names leniently and fails on
// unusual values of members that do not matter.
func publicKey(o strictjson.Object) (crypto.PublicKey, error) {
	bare := make(map[string]json.RawMessage, 6)
	for _, name := range [...]string{"kty", "crv", "n", "e", "x", "y"} {
		if v, found := o.Get(name); found {
			if v.Kind() != strictjson.String {
				return nil, errors.New(name + " is not a string")
			}
			bare[name] = json.RawMessage(v.Raw())
		}
	}
	text, err := json.Marshal(bare)
	if err != nil {
		return nil, errors.New("the key cannot be read")
	}
	parsed, err := jwk.ParseKey(text)
	if err != nil {
		return nil, errors.New("the key is malformed or of an unknown type")
	}
	// The library silently truncates an exponent to the size of an int.
	if r, ok := parsed.(jwk.RSAPublicKey); ok && len(bytes.TrimLeft(r.E(), "\x00")) > 4 {
		return nil, errors.New("the exponent is too large")
	}
	var pub any
	if err := parsed.Raw(&pub); err != nil {
		return nil, errors.New("the key is malformed")
	}
	return pub, nil
}

// readCertificate reads the certificate of x5c. It must contain this very key, because a caller may choose a key by
// its certificate.
func (k *JWK) readCertificate(o strictjson.Object) error {
	member, found := o.Get("x5c")
	if !found {
		return nil
	}
	chain, ok := member.Texts()
	if !ok || member.Kind() != strictjson.Array || len(chain) == 0 {
		return errors.New("x5c is not an array of strings")
	}
	der, err := base64.StdEncoding.DecodeString(chain[0])
	if err != nil {
		return errors.New("x5c is not base64")
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return errors.New("x5c is not a certificate")
	}
	if !SameKey(k.Public, cert.PublicKey) {
		return errors.New("x5c is the certificate of another key")
	}
	k.Certificate = cert
	if k.X5T == "" {
		sum := sha1.Sum(der) //nolint:gosec // see above
		k.X5T = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if k.X5TS256 == "" {
		sum := sha256.Sum256(der)
		k.X5TS256 = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return nil
}

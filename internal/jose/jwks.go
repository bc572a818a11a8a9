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

// JWK is one public key of a set, fit to verify signatures.
type JWK struct {
	ID, Algorithm string
	Issuer        string // Entra ID names in it the issuer that the key may sign for
	Public        crypto.PublicKey
	Certificate   *x509.Certificate // the first of x5c; nobody has validated it
	X5T, X5TS256  string            // as given, else those of the certificate
}

// Skipped is a key of a set that is not used.
type Skipped struct{ ID, Why string }

// ParseJWKS reads a JWK set of at most 1 MiB. A key that cannot be used is skipped with the reason, does not spoil the
// others and does not count; what follows the thousandth that can be used is skipped together. uses are values of use
// that are taken beside "sig". An error means that the text is no key set: not one strict JSON object, or without an array
// named keys.
func ParseJWKS(data []byte, uses ...string) (keys []JWK, skipped []Skipped, err error) {
	set, err := strictjson.Parse(data, strictjson.Limits{Bytes: maxSetBytes, Values: 1 << 15, Shallow: true})
	if err != nil {
		return nil, nil, fmt.Errorf("jose: key set: %w", err)
	}
	member, _ := set.Get("keys")
	list, ok := member.Elements()
	if !ok {
		return nil, nil, errors.New("jose: key set without an array of keys")
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
			skipped = append(skipped, Skipped{key.ID, err.Error()})
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
		return key, errors.New("weak, malformed, or of a type that signs nothing")
	case key.Algorithm != "" && !Allowed(key.Algorithm):
		return key, errors.New("alg is not allowed")
	case key.Algorithm != "" && !Fits(key.Algorithm, key.Public):
		return key, errors.New("alg does not fit the key")
	}
	return key, key.readCertificate(o)
}

// checkPurpose refuses keys that are not public, or not for verifying.
func checkPurpose(o strictjson.Object, uses []string) error {
	if kty, _ := o.Get("kty"); kty.Raw() == `"oct"` || o.Has("k") {
		return errors.New("symmetric")
	}
	if slices.ContainsFunc([]string{"d", "p", "q", "dp", "dq", "qi", "oth", "priv"}, o.Has) {
		return errors.New("private: whoever publishes it has lost it")
	}
	if use, ok := optionalText(o, "use"); !ok || o.Has("use") && use != "sig" && !slices.Contains(uses, use) {
		return errors.New("use is not sig")
	}
	if ops, found := o.Get("key_ops"); found {
		list, ok := ops.Texts()
		if !ok || ops.Kind() != strictjson.Array || !slices.Contains(list, "verify") {
			return errors.New("key_ops without verify")
		}
	}
	return nil
}

// publicKey hands the JOSE library nothing but the members that make the key: it reads names leniently, and
// fails on an odd value of a member that does not matter.
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
		return nil, errors.New("unreadable")
	}
	parsed, err := jwk.ParseKey(text)
	if err != nil {
		return nil, errors.New("of an unknown type or malformed")
	}
	// The library cuts an exponent to the size of an int without a word.
	if r, ok := parsed.(jwk.RSAPublicKey); ok && len(bytes.TrimLeft(r.E(), "\x00")) > 4 {
		return nil, errors.New("huge exponent")
	}
	var pub any
	if err := parsed.Raw(&pub); err != nil {
		return nil, errors.New("malformed")
	}
	return pub, nil
}

// readCertificate takes the certificate of x5c, which must be one for this very key: whoever chooses keys by
// the certificate would else trust a key that the certificate does not speak of.
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

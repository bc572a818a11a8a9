package certsource

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/knownbearer/knownbearer/internal/keybind/hook"
)

// PEM is a text of certificates and public keys: up to 100 PEM blocks, or the base64 of a single DER. If the text
// cannot be parsed, oidcauth.New fails.
type PEM string

// Keys returns an error. oidcauth.New makes a source that holds keys of the declaration.
func (PEM) Keys(Query) ([]Key, error) { return nil, errNotBound }

// bind parses the text.
func (p PEM) bind(b hook.Binding) (Source, error) {
	keys, err := parseText([]byte(p))
	if err != nil {
		return nil, err
	}
	if len(keys) > maxKeys {
		return nil, fmt.Errorf("certsource: the text holds more than %d certificates and keys", maxKeys)
	}
	ring := newKeyring("certificate text", keys, b.Issuer)
	ring.local = true
	return static{ring, b.Now}, nil
}

var errText = errors.New("certsource: the text is neither PEM of certificates or public keys nor the base64 of a DER")

// parseText reads every block. It fails if one block cannot be used.
func parseText(text []byte) ([]Key, error) {
	var out []Key
	rest := text
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" && block.Type != "PUBLIC KEY" {
			return nil, errors.New("certsource: a PEM block is neither CERTIFICATE nor PUBLIC KEY")
		}
		k, err := parseDER(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	if len(out) > 0 {
		// The decoder silently skips a broken block.
		if strings.TrimSpace(string(rest)) != "" || bytes.Count(text, []byte("-----BEGIN ")) != len(out) {
			return nil, errText
		}
		return out, nil
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil || len(der) == 0 {
		return nil, errText
	}
	k, err := parseDER(der)
	return []Key{k}, err
}

// parseDER reads a certificate or a public key, if an accepted algorithm can use it.
func parseDER(der []byte) (Key, error) {
	var k Key
	if c, err := x509.ParseCertificate(der); err == nil {
		k = Key{Public: c.PublicKey, Certificate: c}
	} else if pub, err := x509.ParsePKIXPublicKey(der); err == nil {
		k = Key{Public: pub}
	} else {
		return k, errText
	}
	if !usable(k) {
		return k, errors.New("certsource: no accepted algorithm uses a key of this type or size")
	}
	return k, nil
}

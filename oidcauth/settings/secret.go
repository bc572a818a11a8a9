package settings

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"

	idp "github.com/knownbearer/knownbearer/oidcauth/provider"
)

// text returns a text of the document or of a file.
func (b *builder) text(t *text) string {
	if t.File == "" {
		return t.Literal
	}
	data, err := b.options.watched.read(b.path(t.File))
	switch {
	case err != nil:
		b.faults.at(t.node, "the file cannot be read", err)
	case strings.TrimSpace(string(data)) == "":
		b.faults.at(t.node, "the file is empty", nil)
	}
	return string(data)
}

// secret returns the secret that a reference names, without the line ends after it.
func (b *builder) secret(s *secret) string {
	value := ""
	if s.File != "" {
		data, err := b.options.watched.read(b.path(s.File))
		if err != nil {
			b.faults.at(s.node, "the file of the secret cannot be read", err)
			return ""
		}
		value = string(data)
	} else {
		var ok bool
		if value, ok = b.options.LookupEnv(s.Env); !ok {
			b.faults.at(s.node, "the environment variable "+clip(s.Env)+" is not set", nil)
			return ""
		}
	}
	b.options.watched.note(value)
	if value = strings.TrimRight(value, "\r\n"); strings.TrimSpace(value) == "" {
		b.faults.at(s.node, "the secret is empty", nil)
	}
	return value
}

func (b *builder) auth(s *auth) idp.Auth {
	out := idp.Auth{
		Method: idp.AuthMethod(s.Method), RawBasic: s.RawBasic, KeyID: s.KeyID, Algorithm: s.Algorithm, Audience: s.Audience,
		EndpointAudience: s.EndpointAudience,
	}
	if s.Secret != nil {
		out.Secret = b.secret(s.Secret)
	}
	if s.AssertionFile != "" {
		out.AssertionFile = b.path(s.AssertionFile)
	}
	if s.Key != nil {
		text := b.secret(s.Key)
		key, err := privateKey(text)
		if err != nil && text != "" {
			b.faults.at(s.Key.node, "the secret is not a private key in PEM that can sign", nil) // the cause may quote it
		}
		out.Key = key
	}
	if s.Certificate != nil {
		block, _ := pem.Decode([]byte(b.text(s.Certificate)))
		if block == nil {
			b.faults.at(s.Certificate.node, "is not a certificate in PEM", nil)
			return out
		}
		var err error
		if out.Certificate, err = x509.ParseCertificate(block.Bytes); err != nil {
			b.faults.at(s.Certificate.node, "is not a certificate in PEM", err)
		}
	}
	return out
}

var errNotPrivateKey = errors.New("settings: the text contains no private key")

// privateKey reads the first block of a PEM text: PKCS #8, PKCS #1 or SEC 1.
func privateKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errNotPrivateKey
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errNotPrivateKey
	}
	return signer, nil
}

package main

import (
	"bufio"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// addCredentials adds the id of the client and its credentials. Secrets are read from the environment or from files.
func (o options) addCredentials(c *provider.Config) error {
	id, secret := os.Getenv("CLIENT_ID"), os.Getenv("CLIENT_SECRET")
	if o.client != "" {
		var err error
		if id, secret, err = readClient(o.client); err != nil {
			return err
		}
	}
	if id == "" {
		return errors.New("introspection needs CLIENT_ID, and for most providers CLIENT_SECRET: set them in the environment, or name a file by -client")
	}
	c.ClientID = id
	c.Auth = provider.Auth{
		Method: provider.AuthMethod(o.authMethod), KeyID: o.authKeyID, RawBasic: o.rawBasic, Audience: o.authAudience,
		EndpointAudience: o.authEndpointAudience, AssertionFile: o.authAssertion,
	}
	switch c.Auth.Method {
	case provider.PrivateKeyJWT, provider.ClientAssertion, provider.NoAuth: // A secret in the environment is for other methods.
	default:
		c.Auth.Secret = secret
	}
	if o.authKey != "" || o.authAssertion != "" {
		c.Auth.Secret = ""
	}
	return o.addKey(&c.Auth)
}

// addKey reads the private key of private_key_jwt and its certificate.
func (o options) addKey(a *provider.Auth) error {
	if o.authKey != "" {
		block, err := readPEM(o.authKey, "PRIVATE KEY")
		if err != nil {
			return err
		}
		if a.Key, err = privateKey(block); err != nil {
			return fmt.Errorf("%s: %w", o.authKey, err)
		}
	}
	if o.authCertificate != "" {
		block, err := readPEM(o.authCertificate, "CERTIFICATE")
		if err != nil {
			return err
		}
		if a.Certificate, err = x509.ParseCertificate(block.Bytes); err != nil {
			return fmt.Errorf("%s: %w", o.authCertificate, err)
		}
	}
	return nil
}

// readPEM returns the first block whose type ends with the kind. Files of elliptic keys begin with their parameters.
func readPEM(file, kind string) (*pem.Block, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil, fmt.Errorf("%s contains no %s as PEM", file, kind)
		}
		if strings.HasSuffix(block.Type, kind) {
			return block, nil
		}
	}
}

// privateKey reads a key of PKCS #8, PKCS #1 or SEC 1.
func privateKey(block *pem.Block) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("is not a private key without a password")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("is not a key for signatures")
	}
	return signer, nil
}

// readClient reads the lines CLIENT_ID=... and CLIENT_SECRET=... of a file. Its errors contain no value.
func readClient(file string) (id, secret string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimPrefix(strings.TrimSpace(lines.Text()), "export ")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		if len(value) > 1 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
			value = value[1 : len(value)-1]
		}
		switch strings.TrimSpace(name) {
		case "CLIENT_ID":
			id = value
		case "CLIENT_SECRET":
			secret = value
		default:
			return "", "", fmt.Errorf("line %d of %s sets neither CLIENT_ID nor CLIENT_SECRET", n, file)
		}
	}
	return id, secret, lines.Err()
}

// presentCertificate makes the client present a certificate (RFC 8705).
func presentCertificate(c *http.Client, file string) error {
	pair, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		return err
	}
	transport, ok := c.Transport.(*http.Transport)
	if !ok {
		return errors.New("the transport takes no certificate")
	}
	transport.TLSClientConfig.Certificates = []tls.Certificate{pair}
	return nil
}

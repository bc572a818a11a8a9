package provider

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// AuthMethod is how a client authenticates (OpenID Connect Core 1.0 section 9).
type AuthMethod string

// The methods. With NoAuth the client only names itself: public clients do, and those that mutual TLS authenticates
// (RFC 8705 section 2).
const (
	ClientSecretBasic AuthMethod = "client_secret_basic"
	ClientSecretPost  AuthMethod = "client_secret_post"
	ClientSecretJWT   AuthMethod = "client_secret_jwt" // HS256
	PrivateKeyJWT     AuthMethod = "private_key_jwt"
	NoAuth            AuthMethod = "none"
)

// Auth is how a client proves who it is. The zero Auth is NoAuth. Printed, logged or marshalled, it hides what is secret.
type Auth struct {
	Method AuthMethod // default: ClientSecretBasic with Secret, PrivateKeyJWT with Key, else NoAuth
	Secret string     // for the three methods of a secret; of at least 32 bytes for ClientSecretJWT (RFC 7518 section 3.2)

	// RawBasic leaves out the form-encoding of RFC 6749 section 2.3.1, for providers that do not know of it.
	RawBasic bool

	Key         crypto.Signer     // for PrivateKeyJWT; used by one call at a time or many, as its type allows
	KeyID       string            // kid of the assertion
	Algorithm   string            // default: RS256, ES256, ES384, ES512 or EdDSA, by the key's type
	Certificate *x509.Certificate // that the key belongs to; its thumbprint becomes x5t#S256

	// Audience is the aud of assertions; default: the issuer, or the URL called where none is configured.
	Audience string
	// EndpointAudience makes aud the URL called.
	EndpointAudience bool
}

const minSecret = 32 // bytes, RFC 7518 section 3.2

var (
	errSecret      = errors.New("provider: Auth.Secret is required by the method, and only by one of the three of a secret")
	errShortSecret = errors.New("provider: Auth.Secret is shorter than the 32 bytes that client_secret_jwt requires")
	errKey         = errors.New("provider: Auth.Key is required by private_key_jwt, and only by it")
	errKeyFit      = errors.New("provider: Auth.Key does not fit Auth.Algorithm, or is too weak")
	errCertificate = errors.New("provider: Auth.Certificate is not one of Auth.Key")
	errColon       = errors.New("provider: a ClientID with a colon cannot be sent with Auth.RawBasic")
	errAudience    = errors.New("provider: Auth.Audience and Auth.EndpointAudience exclude each other")
	errMethod      = errors.New("provider: unknown Auth.Method")
)

func (a Auth) method() AuthMethod {
	switch {
	case a.Method != "":
		return a.Method
	case a.Key != nil:
		return PrivateKeyJWT
	case a.Secret != "":
		return ClientSecretBasic
	}
	return NoAuth
}

func (a Auth) validate(clientID string) error {
	method := a.method()
	withSecret := method == ClientSecretBasic || method == ClientSecretPost || method == ClientSecretJWT
	switch {
	case !withSecret && method != PrivateKeyJWT && method != NoAuth:
		return errMethod
	case method != NoAuth && clientID == "":
		return ErrNoClient
	case withSecret != (a.Secret != ""):
		return errSecret
	case (method == PrivateKeyJWT) != (a.Key != nil), guard.IsNil(a.Key):
		return errKey
	case method == ClientSecretJWT && len(a.Secret) < minSecret:
		return errShortSecret
	case a.RawBasic && strings.Contains(clientID, ":"):
		return errColon
	case a.Audience != "" && a.EndpointAudience:
		return errAudience
	case a.Key != nil && !jose.Fits(a.algorithm(), a.Key.Public()):
		return errKeyFit
	case a.Certificate != nil && (a.Key == nil || !sameKey(a.Certificate.PublicKey, a.Key.Public())):
		return errCertificate
	}
	return nil
}

func sameKey(a, b crypto.PublicKey) bool {
	own, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && own.Equal(b)
}

func (a Auth) algorithm() string {
	if a.Algorithm != "" {
		return a.Algorithm
	}
	switch key := a.Key.Public().(type) {
	case *rsa.PublicKey:
		return "RS256"
	case ed25519.PublicKey:
		return "EdDSA"
	case *ecdsa.PublicKey:
		return map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[key.Curve.Params().BitSize]
	}
	return ""
}

// String tells the method, and that there is a secret, not which.
func (a Auth) String() string {
	text := string(a.method())
	if a.Secret != "" || a.Key != nil {
		text += " [redacted]"
	}
	return text
}

// Format writes String, whatever the verb.
func (a Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// LogValue is String.
func (a Auth) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalText is String.
func (a Auth) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

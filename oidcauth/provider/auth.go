package provider

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// AuthMethod is the way in which a client authenticates itself (OpenID Connect Core 1.0 section 9).
type AuthMethod string

// The methods.
const (
	ClientSecretBasic AuthMethod = "client_secret_basic"
	ClientSecretPost  AuthMethod = "client_secret_post"
	// ClientSecretJWT signs the assertion with HS256.
	ClientSecretJWT AuthMethod = "client_secret_jwt"
	PrivateKeyJWT   AuthMethod = "private_key_jwt"
	// ClientAssertion sends an assertion that another party issued to this workload, such as Kubernetes (RFC 7523 section
	// 2.2).
	ClientAssertion AuthMethod = "client_assertion"
	// NoAuth sends only the client_id. It is for public clients, and for clients that mutual TLS authenticates (RFC
	// 8705 section 2).
	NoAuth AuthMethod = "none"
)

// Auth holds the credentials of a client. The zero Auth means [NoAuth]. Its printed, logged and marshalled forms
// contain no secret.
type Auth struct {
	// Method is the way in which the client authenticates. If empty, it is PrivateKeyJWT if Key is set, else
	// ClientAssertion if AssertionFile is set, else ClientSecretBasic if Secret is set, else NoAuth.
	Method AuthMethod
	// Secret is the client secret. It is required by the three methods that use it and forbidden with the others.
	// ClientSecretJWT needs at least 32 bytes (RFC 7518 section 3.2).
	Secret string

	// RawBasic omits the form-encoding that RFC 6749 section 2.3.1 requires, for providers that do not decode it.
	RawBasic bool

	// Key signs the assertions of PrivateKeyJWT. It must be safe for concurrent use.
	Key crypto.Signer
	// KeyID is the kid of the assertion. It may be empty.
	KeyID string
	// Algorithm signs the assertion. If empty, it is RS256, ES256, ES384, ES512 or EdDSA, depending on the type of
	// Key.
	Algorithm string
	// Certificate is the certificate of Key. If set, the assertion contains its thumbprint as x5t#S256.
	Certificate *x509.Certificate

	// AssertionFile is the path of a file that holds the assertion of ClientAssertion: a signed JWT of at most 64 KiB,
	// such as a projected token of a Kubernetes service account (AZURE_FEDERATED_TOKEN_FILE). It is read for each request,
	// so it may be replaced at any time. If it cannot be read, or if its exp has passed, nothing is sent, and the error is an
	// [*AssertionFileError]. If the path comes from the environment, set Method too, so that an empty path is an error.
	AssertionFile string

	// Audience is the aud of the assertion. If empty, it is [Config.Issuer], or the URL of the endpoint if that is
	// empty too.
	Audience string
	// EndpointAudience makes the URL of the endpoint the aud of the assertion. Audience must then be empty.
	EndpointAudience bool
}

// minSecret is the least number of bytes of a ClientSecretJWT secret (RFC 7518 section 3.2).
const minSecret = 32

func (a Auth) method() AuthMethod {
	switch {
	case a.Method != "":
		return a.Method
	case a.Key != nil:
		return PrivateKeyJWT
	case a.AssertionFile != "":
		return ClientAssertion
	case a.Secret != "":
		return ClientSecretBasic
	}
	return NoAuth
}

// validate returns the first fault.
func (a Auth) validate(clientID string) error {
	fault := func(field, problem string) error { return &ConfigError{Field: field, Problem: problem} }
	method := a.method()
	withSecret := method == ClientSecretBasic || method == ClientSecretPost || method == ClientSecretJWT
	switch {
	case !withSecret && method != PrivateKeyJWT && method != ClientAssertion && method != NoAuth:
		return fault("Auth.Method", "is not known")
	case method != NoAuth && clientID == "":
		return &ConfigError{"ClientID", "is not set", ErrNoClient}
	case withSecret != (a.Secret != ""):
		return fault("Auth.Secret", "must be set for client_secret_basic, client_secret_post and client_secret_jwt, and for no other method")
	case (method == PrivateKeyJWT) != (a.Key != nil), guard.IsNil(a.Key):
		return fault("Auth.Key", "must be set for private_key_jwt, and for no other method")
	case (method == ClientAssertion) != (a.AssertionFile != ""):
		return fault("Auth.AssertionFile", "must be set for client_assertion, and for no other method")
	case method == ClientSecretJWT && len(a.Secret) < minSecret:
		return fault("Auth.Secret", "is shorter than the 32 bytes that client_secret_jwt requires")
	case a.RawBasic && strings.Contains(clientID, ":"):
		return fault("Auth.RawBasic", "cannot be set, because the ClientID contains a colon")
	case a.Audience != "" && a.EndpointAudience:
		return fault("Auth.Audience", "contradicts Auth.EndpointAudience")
	case a.Key != nil && !jose.Fits(a.algorithm(), a.Key.Public()):
		return fault("Auth.Key", "does not fit Auth.Algorithm, or is too short")
	case a.Certificate != nil && (a.Key == nil || !sameKey(a.Certificate.PublicKey, a.Key.Public())):
		return fault("Auth.Certificate", "does not belong to Auth.Key")
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

// String returns the method, and " [redacted]" if there is a secret or a key.
func (a Auth) String() string {
	text := string(a.method())
	if a.Secret != "" || a.Key != nil {
		text += " [redacted]"
	}
	return text
}

// Format writes [Auth.String] for every verb.
func (a Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// LogValue returns [Auth.String].
func (a Auth) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalText returns [Auth.String].
func (a Auth) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

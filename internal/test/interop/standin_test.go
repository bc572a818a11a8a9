package interop

import (
	"crypto"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// anyPayload is a token whose payload may be something else than a JSON object.
type anyPayload struct {
	*jose.Token
	input     string // what was signed, where it is no token of ours
	signature []byte
	standIn   bool
}

// parseAnyPayload reads a token as jose.Parse does, but for the payload.
//
// The payloads of most published vectors are texts such as "foo", so that Parse alone would refuse nearly all of
// them and their signatures would never be looked at. Here the header and the signature are parsed by Parse, next to
// the payload {}, and the signature is verified over the text that was signed.
func parseAnyPayload(t testing.TB, token string) (anyPayload, error) {
	t.Helper()
	parsed, err := jose.Parse(token, 0)
	if err == nil || !refusesPayloadOnly(token) {
		return anyPayload{Token: parsed}, err
	}
	parts := strings.Split(token, ".")
	if parsed, err = jose.Parse(parts[0]+".e30."+parts[2], 0); err != nil {
		return anyPayload{}, err
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	require.NoError(t, err, "Parse has read it")
	return anyPayload{parsed, parts[0] + "." + parts[1], signature, true}, nil
}

func (p anyPayload) Verify(pub crypto.PublicKey) error {
	if p.standIn {
		return jose.Verify(p.Header.Algorithm, p.input, p.signature, pub)
	}
	return p.Token.Verify(pub)
}

// refusesPayloadOnly tells whether the payload is correct base64url, so that only its content can displease.
func refusesPayloadOnly(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || strings.ContainsAny(parts[1], "\r\n") {
		return false
	}
	_, err := base64.RawURLEncoding.Strict().DecodeString(parts[1])
	return err == nil
}

// codeOf is the code of an error of internal/jose, or empty.
func codeOf(err error) jose.Code {
	var fault *jose.Error
	if errors.As(err, &fault) {
		return fault.Code
	}
	return ""
}

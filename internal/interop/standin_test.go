package interop

import (
	"encoding/base64"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// parseAnyPayload reads a token as jose.Parse does, except that the payload may be something else than a JSON object.
//
// The payloads of most published vectors are texts such as "foo", so that Parse alone would refuse nearly all of
// them and their signatures would never be looked at. Here the header and the signature are parsed by Parse, next to
// the payload {}, and then the signed text is put back. standIn tells whether that was necessary.
func parseAnyPayload(t testing.TB, token string) (parsed *jose.Token, standIn bool, err error) {
	t.Helper()
	parsed, err = jose.Parse(token, 0)
	if err == nil || !refusesPayloadOnly(token) {
		return parsed, false, err
	}
	parts := strings.Split(token, ".")
	parsed, err = jose.Parse(parts[0]+".e30."+parts[2], 0)
	if err != nil {
		return nil, false, err
	}
	require.Equal(t, parts[0]+".e30", *signedText(t, parsed), "the field that is exchanged")
	*signedText(t, parsed) = parts[0] + "." + parts[1]
	return parsed, true, nil
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

// signedText reaches the text that Verify hashes. Offering it for writing to all users of a token would be a
// temptation for the sake of a test.
func signedText(t testing.TB, token *jose.Token) *string {
	t.Helper()
	field := reflect.ValueOf(token).Elem().FieldByName("input")
	require.True(t, field.IsValid())
	require.Equal(t, reflect.String, field.Kind())
	return (*string)(unsafe.Pointer(field.UnsafeAddr()))
}

// signatureBytes reaches the signature, for vectors that come without a token.
func signatureBytes(t testing.TB, token *jose.Token) *[]byte {
	t.Helper()
	field := reflect.ValueOf(token).Elem().FieldByName("signature")
	require.True(t, field.IsValid())
	require.Equal(t, reflect.TypeFor[[]byte](), field.Type())
	return (*[]byte)(unsafe.Pointer(field.UnsafeAddr()))
}

// codeOf is the code of an error of internal/jose, or empty.
func codeOf(err error) jose.Code {
	var fault *jose.Error
	if errors.As(err, &fault) {
		return fault.Code
	}
	return ""
}

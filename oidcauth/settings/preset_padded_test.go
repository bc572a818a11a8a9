package settings_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// balancerKey signs tokens as an AWS load balancer does.
var balancerKey, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)

// paddedToken returns a token whose parts have padding, which the signature covers.
func (w *world) paddedToken(t *testing.T, header map[string]any, claims oidctest.Claims) string {
	t.Helper()
	part := func(base, changes map[string]any) string {
		maps.Copy(base, changes)
		maps.DeleteFunc(base, func(_ string, v any) bool { return v == nil })
		text, err := json.Marshal(base)
		require.NoError(t, err)
		return base64.URLEncoding.EncodeToString(text)
	}
	input := part(map[string]any{"alg": "ES256"}, header) + "." + part(map[string]any{"exp": w.p.Now().Add(time.Minute).Unix()}, claims)
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, balancerKey, sum[:])
	require.NoError(t, err)
	token := input + "." + base64.URLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	require.True(t, strings.HasSuffix(token, "=="))
	return token
}

// pem answers with the public key of balancerKey.
func (w *world) pem(r *http.Request) (*http.Response, error) {
	der, err := x509.MarshalPKIXPublicKey(balancerKey.Public())
	rec := httptest.NewRecorder()
	rec.Body.Write(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	res := rec.Result()
	res.Request = r
	return res, err
}

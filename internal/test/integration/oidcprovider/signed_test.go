package oidcprovider_test

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"testing"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
)

func TestUserInfoIsSignedByAPublishedKey(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	for name, resource := range map[string]string{"JWT": oidcprovider.UserInfo, "opaque": oidcprovider.None} {
		t.Run(name, func(t *testing.T) {
			token := op.LoginAt(t, oidcprovider.Signed, "alice", resource, "openid", "email").Access
			claims, kid := signedUserInfo(t, op, token)
			for claim, want := range map[string]any{
				"iss": op.Issuer, "aud": oidcprovider.Signed, "sub": "alice", "email": "alice@example.test", "email_verified": true,
			} {
				require.Equal(t, want, claims[claim], claim)
			}
			op.Rotate(t)
			_, next := signedUserInfo(t, op, token)
			require.NotEqual(t, kid, next, "the key of the answer is not the key of the token")
		})
	}
}

func TestUserInfoOfOtherClientsIsNotSigned(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	kind, body := rawUserInfo(t, op, op.Login(t, "alice", oidcprovider.UserInfo, "openid", "email").Access)
	require.Equal(t, "application/json", kind)
	require.True(t, json.Valid(body))
}

// signedUserInfo verifies the answer with the one published key that it names.
func signedUserInfo(t *testing.T, op *oidcprovider.Provider, token string) (claims map[string]any, kid string) {
	t.Helper()
	kind, body := rawUserInfo(t, op, token)
	require.Equal(t, "application/jwt", kind)
	answer, err := jose.ParseSignedCompact(string(body), []jose.SignatureAlgorithm{jose.RS256})
	require.NoError(t, err)
	kid = answer.Signatures[0].Header.KeyID

	_, raw := request(t, op.Issuer+"/jwks", "")
	var published jose.JSONWebKeySet
	require.NoError(t, json.Unmarshal(raw, &published))
	keys := published.Key(kid)
	require.Len(t, keys, 1)
	payload, err := answer.Verify(keys[0])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(payload, &claims))
	return claims, kid
}

func rawUserInfo(t *testing.T, op *oidcprovider.Provider, token string) (mediaType string, body []byte) {
	t.Helper()
	header, body := request(t, op.Issuer+"/me", token)
	mediaType, _, err := mime.ParseMediaType(header.Get("Content-Type")) // the provider adds a charset
	require.NoError(t, err)
	return mediaType, body
}

func request(t *testing.T, address, token string) (http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.Header, body
}

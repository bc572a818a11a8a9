package zitadel_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/zitadel"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Type, key and audience are those of the access token, so only the claims tell.
func TestIDTokensAreRefused(t *testing.T) {
	op := zitadel.Start(t)
	s := newService(t, op, nil)
	tokens := op.Login(t, zitadel.JWT, "alice", "openid", "email", "offline_access")
	accessHeader, access := decode(t, tokens.Access)
	for _, tt := range []struct {
		name, token string
		marks       []string
	}{
		{"of the login", tokens.ID, []string{"at_hash", "c_hash", "nonce"}},
		{"of the refresh", op.Refresh(t, zitadel.JWT, tokens.Refresh).ID, []string{"at_hash"}},
		{"of the implicit flow", op.IDTokenOnly(t, zitadel.JWT, "alice", "n-1", "openid"), []string{"nonce"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header, id := decode(t, tt.token)
			require.Equal(t, accessHeader, header)
			require.Equal(t, access["aud"], id["aud"])
			require.Equal(t, tt.marks, marks(id))
			require.Equal(t, refused(http.StatusUnauthorized, reason.IDTokenAsAccessToken), s.ask(t, tt.token))
		})
	}
}

// Nothing in this ID token says that it is one. Every access token of the provider has an id, though, and no ID token has.
func TestRequiringTheTokenIDKeepsOutAnIDTokenWithoutMarks(t *testing.T) {
	op := zitadel.Start(t)
	token := op.IDTokenOnly(t, zitadel.JWT, "alice", "", "openid")
	_, id := decode(t, token)
	require.Empty(t, marks(id))

	s := newService(t, op, func(c *oidcauth.Config) { c.Issuers[0].Claims.Required = []claims.Path{claims.Name("jti")} })
	require.Equal(t, refused(http.StatusForbidden, reason.ClaimMissing), s.ask(t, token))
	require.Equal(t, served("row-1"), s.ask(t, op.Login(t, zitadel.JWT, "alice", "openid").Access))

	s = newService(t, op, func(c *oidcauth.Config) {
		userInfo, err := provider.New(provider.Config{Issuer: op.Issuer()})
		require.NoError(t, err)
		c.Issuers[0].Claims.UserInfo = userInfo
		c.Issuers[0].Claims.User = claims.Name("email")
		c.Users = users(t, "mail")
	})
	require.Equal(t, refused(http.StatusUnauthorized, reason.UserInfoRefused), s.ask(t, token), "so does UserInfo, where it is asked")
}

// marks are the claims that only ID tokens have.
func marks(payload map[string]any) (there []string) {
	for _, claim := range []string{"at_hash", "c_hash", "nonce"} {
		if _, ok := payload[claim]; ok {
			there = append(there, claim)
		}
	}
	return there
}

func TestTokenForAnotherAudienceIsRefused(t *testing.T) {
	op := zitadel.Start(t)
	s := newService(t, op, func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"https://api.example.test/invoices"} })
	token := op.Login(t, zitadel.JWT, "alice", "openid").Access
	require.Equal(t, refused(http.StatusUnauthorized, reason.WrongAudience), s.ask(t, token))
}

// The provider's default access token is opaque; this release writes it as a compact JWE, earlier ones as plain base64url.
func TestDefaultAccessTokenIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		opts   []op.Option
		dots   int
		reason reason.Reason
	}{
		{"JWE", nil, 4, reason.EncryptedToken},
		{"AES", []op.Option{op.WithCrypto(op.NewAESCrypto([32]byte{1}))}, 0, reason.OpaqueToken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			op := zitadel.Start(t, tt.opts...)
			s := newService(t, op, nil)
			for _, token := range []string{
				op.Login(t, zitadel.Opaque, "alice", "openid").Access, op.ClientCredentials(t, zitadel.Opaque, "api:read"),
			} {
				require.Equal(t, tt.dots, strings.Count(token, "."))
				require.Equal(t, refused(http.StatusUnauthorized, tt.reason), s.ask(t, token))
			}
		})
	}
}

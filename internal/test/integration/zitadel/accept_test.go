package zitadel_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/zitadel"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestJWTAccessTokenFindsTheUser(t *testing.T) {
	op := zitadel.Start(t)
	s := newService(t, op, nil)
	tokens := op.Login(t, zitadel.JWT, "alice", "openid", "offline_access")
	require.Equal(t, served("row-1"), s.ask(t, tokens.Access))

	again := op.Refresh(t, zitadel.JWT, tokens.Refresh)
	require.NotEqual(t, tokens.Access, again.Access)
	require.Equal(t, served("row-1"), s.ask(t, again.Access))

	bob := op.Login(t, zitadel.JWT, "bob", "openid").Access
	require.Equal(t, refused(http.StatusForbidden, reason.UserNotFound), s.ask(t, bob))
	machine := op.ClientCredentials(t, zitadel.JWT, "api:read")
	require.Equal(t, refused(http.StatusForbidden, reason.UserNotFound), s.ask(t, machine))
}

// The header type is no help in telling the provider's tokens apart, and the audience is a list.
func TestEveryMemberOfTheAudienceListIsAccepted(t *testing.T) {
	op := zitadel.Start(t)
	token := op.Login(t, zitadel.JWT, "alice", "openid").Access
	header, payload := decode(t, token)
	require.Equal(t, "JWT", header["typ"])
	require.Equal(t, []any{zitadel.JWT, zitadel.API}, payload["aud"])
	for _, audience := range []string{zitadel.JWT, zitadel.API} {
		s := newService(t, op, func(c *oidcauth.Config) {
			c.Issuers[0].Audience = []string{audience}
			c.Issuers[0].ClientIDs = []string{zitadel.JWT}
		})
		require.Equal(t, served("row-1"), s.ask(t, token))
	}
}

// The provider grants the scope and says so in its answer, but not in the token: a service cannot require it.
func TestGrantedScopeIsNotInTheToken(t *testing.T) {
	op := zitadel.Start(t)
	s := newService(t, op, nil, "api:read")
	tokens := op.Login(t, zitadel.JWT, "alice", "openid", "api:read")
	_, payload := decode(t, tokens.Access)
	require.Equal(t, "openid api:read", tokens.Scope)
	require.NotContains(t, payload, "scope")
	require.NotContains(t, payload, "scp")
	require.Equal(t, refused(http.StatusForbidden, reason.InsufficientScope), s.ask(t, tokens.Access))
}

func TestEMailOfUserInfoFindsTheUser(t *testing.T) {
	op := zitadel.Start(t)
	s := newService(t, op, func(c *oidcauth.Config) {
		userInfo, err := provider.New(provider.Config{Issuer: op.Issuer()})
		require.NoError(t, err)
		c.Issuers[0].Claims.UserInfo = userInfo
		c.Issuers[0].Claims.User = claims.Name("email")
		c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("email_verified"), true)}
		c.Users = users(t, "mail")
	})
	token := op.Login(t, zitadel.JWT, "alice", "openid", "email").Access
	_, payload := decode(t, token)
	require.NotContains(t, payload, "email")
	require.Equal(t, served("row-1"), s.ask(t, token))

	token = op.Login(t, zitadel.JWT, "alice", "openid").Access
	require.Equal(t, refused(http.StatusForbidden, reason.ClaimMissing), s.ask(t, token), "the login did not ask for it")
	token = op.Login(t, zitadel.JWT, "bob", "openid", "email").Access
	require.Equal(t, refused(http.StatusForbidden, reason.CheckClaimMissing), s.ask(t, token), "a false claim is left out")
	token = op.ClientCredentials(t, zitadel.JWT, "openid", "email")
	require.Equal(t, refused(http.StatusUnauthorized, reason.UserInfoRefused), s.ask(t, token), "a machine has no UserInfo")
}

// Releases before this one took the capital letter only.
func TestUserInfoTakesTheSchemeInEitherCase(t *testing.T) {
	op := zitadel.Start(t)
	for _, client := range []string{zitadel.JWT, zitadel.Opaque} {
		token := op.Login(t, client, "alice", "openid").Access
		for _, scheme := range []string{"Bearer ", "bearer "} {
			resp, _ := get(t, op.Issuer()+"/userinfo", scheme+token)
			require.Equal(t, http.StatusOK, resp.StatusCode)
		}
	}
}

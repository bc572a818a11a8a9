package lemonldap_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/lemonldap"
	"github.com/knownbearer/knownbearer/internal/test/integration/verdict"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// These tokens do not hold the address. UserInfo does, as JSON, and as a JWT that is signed and says neither who did nor for whom.
func TestClaimOfUserInfoFindsTheUser(t *testing.T) {
	op := server(t)
	for _, client := range []string{lemonldap.Opaque, lemonldap.Signed, lemonldap.RS384, lemonldap.RS512} {
		t.Run(client, func(t *testing.T) {
			auth := newAuth(t, op, byEmail, withUserInfo(newClient(t, op)), introspecting(newClient(t, op, as(client)), client))
			id, refusal := verdict.Of(t, auth, op.Login(t, client, "dwho", "openid", "email").Access)
			require.Empty(t, refusal)
			require.Equal(t, "7", id.User().ID)
			verdict.Refused(t, auth, op.Login(t, client, "rtyler", "openid", "email").Access, reason.UserNotFound)
		})
	}
}

func as(client string) func(*provider.Config) {
	return func(c *provider.Config) { c.ClientID = client }
}

// A machine has UserInfo, of which sub is null.
func TestMachinesHaveNoUserInfo(t *testing.T) {
	op := server(t)
	auth := newAuth(t, op, byEmail, withUserInfo(newClient(t, op)))
	verdict.Refused(t, auth, op.ClientCredentials(t, lemonldap.RS384, "api:read"), reason.UserInfoSubjectMismatch, "app_only_token")
}

package oidcauth_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	loginClient = "shop-client"
	loginNonce  = "n-0S6_WzA2Mj"
	loginAccess = "access-token-of-the-login"
)

// loginVerdict is a row about an ID token. It contains the differences from a good ID token and from a good login.
type loginVerdict struct {
	verdict
	grant func(*signin.Grant)
}

func (c loginVerdict) idToken() string {
	c.header = merged(obj{"typ": "JWT"}, c.header)
	c.claims = merged(obj{"aud": loginClient, "nonce": loginNonce, "at_hash": atHash256(loginAccess), "auth_time": inSeconds(-10)}, c.claims)
	return c.token()
}

func atHash256(token string) string {
	sum := sha256.Sum256([]byte(token))
	return b64(string(sum[:16]))
}

func atHash512(token string) string {
	sum := sha512.Sum512([]byte(token))
	return b64(string(sum[:32]))
}

func (c loginVerdict) answer() signin.Grant {
	g := signin.Grant{
		Issuer: idp, ClientID: loginClient, IDToken: c.idToken(), AccessToken: loginAccess, OpenID: true, Nonce: loginNonce, MaxAge: -1,
		Scopes: []string{"openid", "orders.read"}, Ends: verdictTime.Add(8 * time.Hour),
	}
	if c.grant != nil {
		c.grant(&g)
	}
	return g
}

// signIn signs in, checks the rules that hold for every login, and returns the reason of a refusal.
func (w *world) signIn(t *testing.T, g signin.Grant) (*oidcauth.Identity, signin.Evidence, reason.Reason) {
	t.Helper()
	w.log.reset()
	fetched, asked, looked := w.total(), w.count(idpUserInfo), w.lookups.Load()
	id, e, err := signin.Of(w.auth).SignIn(t.Context(), g)
	require.Empty(t, w.strays(), "asked what it must not ask")
	text := w.log.String()
	if err != nil {
		text += err.Error()
	}
	for _, secret := range append(strings.Split(g.IDToken, "."), g.AccessToken, holder) {
		if len(secret) > 20 {
			require.NotContains(t, text, secret)
		}
	}
	if err == nil {
		return id.(*oidcauth.Identity), e, ""
	}
	require.Nil(t, id)
	require.Zero(t, e)
	why := reasonOfLogin(t, err)
	if class, known := classOf[why]; known && class < afterKeys {
		require.Equal(t, fetched, w.total(), "fetched for a token that cannot be good")
	}
	if why == reason.InvalidSignature || why == reason.KeyNotFound {
		require.Equal(t, asked, w.count(idpUserInfo), "UserInfo asked for an unverified token")
		require.Equal(t, looked, w.lookups.Load(), "a user looked up for an unverified token")
	}
	return nil, e, why
}

func reasonOfLogin(t testing.TB, err error) reason.Reason {
	t.Helper()
	var refused *oidcauth.Error
	require.True(t, errors.As(err, &refused))
	require.NotEmpty(t, refused.DecisionID)
	require.NotEmpty(t, refused.Reason.Meaning())
	d := refused.Decision()
	require.NotNil(t, d)
	require.NotEmpty(t, d.Steps)
	require.NotEmpty(t, d.Hints)
	require.Equal(t, refused.Reason, d.Faults()[0].Reason)
	return refused.Reason
}

func runLogins(t *testing.T, cases []loginVerdict) {
	t.Helper()
	names := map[string]bool{}
	for _, c := range cases {
		require.False(t, names[c.name], "two cases are named %s", c.name)
		names[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			w := c.begin(t, nil)
			id, e, got := w.signIn(t, c.answer())
			require.Equal(t, c.want, got)
			if got != "" {
				return
			}
			require.Equal(t, holder, id.Subject())
			require.Equal(t, idp, id.Issuer())
			require.Equal(t, loginClient, id.ClientID())
			asked := w.total()
			resumed, err := signin.Of(w.auth).Resume(t.Context(), nil, e)
			require.NoError(t, err)
			require.Equal(t, asked, w.total(), "a session asked the provider")
			again := resumed.(*oidcauth.Identity)
			require.Equal(t, id.Claims().Names(), again.Claims().Names())
			require.Equal(t, []any{id.Subject(), id.Issuer(), id.ClientID(), id.User(), id.Scopes(), id.Roles(), id.Expires()},
				[]any{again.Subject(), again.Issuer(), again.ClientID(), again.User(), again.Scopes(), again.Roles(), again.Expires()})
		})
	}
}

func login(name string, want reason.Reason, claims obj) loginVerdict {
	return loginVerdict{verdict: verdict{name: name, want: want, claims: claims}}
}

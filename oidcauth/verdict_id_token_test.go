package oidcauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const loginClient, loginNonce = "shop-client", "n-0S6_WzA2Mj"

// granted returns a good answer of the token endpoint to the login of alice. Its ID token has these changes.
func (s service) granted(changes oidctest.Forgery) signin.Grant {
	access := s.Token("another api", alice)
	sum := sha256.Sum256([]byte(access))
	all := oidctest.Claims{
		"sub": "alice", "aud": loginClient, "nonce": loginNonce, "at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]), "auth_time": s.Now().Unix(),
	}
	for name, v := range changes.Claims {
		all[name] = v
	}
	changes.Claims = all
	header := map[string]any{"typ": "JWT"}
	for name, v := range changes.Header {
		header[name] = v
	}
	changes.Header = header
	return signin.Grant{
		Issuer: s.Issuer(), ClientID: loginClient, IDToken: s.Forge(changes), AccessToken: access, OpenID: true, Nonce: loginNonce, MaxAge: -1,
		Ends: s.Now().Add(time.Hour),
	}
}

// signIn signs in, and returns the reason of a refusal.
func (s service) signIn(t testing.TB, g signin.Grant) (*oidcauth.Identity, signin.Evidence, reason.Reason) {
	t.Helper()
	id, e, err := signin.Of(s.auth).SignIn(t.Context(), g)
	if err == nil {
		return id.(*oidcauth.Identity), e, ""
	}
	require.Nil(t, id)
	require.Zero(t, e)
	return nil, e, reasonOfError(t, err)
}

func reasonOfError(t testing.TB, err error) reason.Reason {
	t.Helper()
	var refused *oidcauth.Error
	require.True(t, errors.As(err, &refused))
	require.NotEmpty(t, refused.DecisionID)
	require.NotNil(t, refused.Decision())
	require.NotEmpty(t, refused.Reason.Meaning())
	return refused.Reason
}

// The verdicts about ID tokens follow OpenID Connect Core 1.0 section 3.1.3.7.
func TestVerdictIDToken(t *testing.T) {
	s := newService(t)
	now := s.Now()
	type row = oidctest.Forgery
	for name, c := range map[string]struct {
		forgery oidctest.Forgery
		want    reason.Reason
	}{
		"good":             {},
		"typ absent":       {forgery: row{Header: map[string]any{"typ": nil}}},
		"typ at+jwt":       {row{Header: map[string]any{"typ": "at+jwt"}}, reason.WrongTokenType},
		"typ logout+jwt":   {row{Header: map[string]any{"typ": "logout+jwt"}}, reason.WrongTokenType},
		"aud missing":      {row{Claims: oidctest.Claims{"aud": nil}}, reason.WrongAudience},
		"aud of another":   {row{Claims: oidctest.Claims{"aud": "other"}}, reason.WrongAudience},
		"aud of the API":   {row{Claims: oidctest.Claims{"aud": audience}}, reason.WrongAudience},
		"nonce missing":    {row{Claims: oidctest.Claims{"nonce": nil}}, reason.NonceMismatch},
		"nonce of another": {row{Claims: oidctest.Claims{"nonce": "other"}}, reason.NonceMismatch},
		"iss of another":   {row{Claims: oidctest.Claims{"iss": "https://other.example"}}, reason.LoginIssuerMismatch},
		"iat missing":      {row{Claims: oidctest.Claims{"iat": nil}}, reason.InvalidClaims},
		"sub missing":      {row{Claims: oidctest.Claims{"sub": nil}}, reason.InvalidClaims},
		"at_hash of other": {row{Claims: oidctest.Claims{"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}, reason.TokenHashMismatch},
		"expired":          {row{Claims: oidctest.Claims{"exp": now.Add(-time.Hour).Unix(), "iat": now.Add(-2 * time.Hour).Unix()}}, reason.Expired},
	} {
		t.Run(name, func(t *testing.T) {
			id, e, got := s.signIn(t, s.granted(c.forgery))
			require.Equal(t, c.want, got)
			if got != "" {
				return
			}
			require.Equal(t, "alice", id.Subject())
			resumed, err := signin.Of(s.auth).Resume(t.Context(), nil, e)
			require.NoError(t, err)
			require.Equal(t, "alice", resumed.(*oidcauth.Identity).Subject())
		})
	}
}

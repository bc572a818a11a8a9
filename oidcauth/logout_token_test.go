package oidcauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The order of two dates within one second is unknown, because one of them may have lost its fraction.
func TestSubjectLogoutCoversItsWholeSecond(t *testing.T) {
	s := newService(t, withLogout)
	at := s.Now().Unix()
	token := func(iat any) string { return s.Token(audience, oidctest.Claims{"sub": "alice", "iat": iat}) }
	fraction, same, odd, next := token(float64(at)+0.75), token(at), token(1e-9), token(at+1)
	for _, good := range []string{fraction, same, odd, next} {
		require.Empty(t, s.reason(t, good))
	}
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"iat": at}))
	for _, bad := range []string{fraction, same, odd} {
		require.Equal(t, reason.TokenRevoked, s.reason(t, bad))
	}
	require.Empty(t, s.reason(t, next))
}

// A sid or sub of another type does not bypass a logout.
func TestSessionThatIsNotAStringIsIgnored(t *testing.T) {
	s := newService(t, withLogout)
	ago := s.Now().Add(-time.Minute).Unix()
	for name, sid := range map[string]any{"number": 1, "list": []string{"one"}, "null": nil, "empty": "", "object": obj{"sid": "one"}} {
		token := s.Token(audience, oidctest.Claims{"sub": "alice", "sid": sid, "iat": ago})
		require.Empty(t, s.reason(t, token))
		require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"jti": name, "sid": "one"}))
		require.Equal(t, reason.TokenRevoked, s.reason(t, token), name)
		s.Advance(2 * time.Second)
		ago = s.Now().Unix()
	}
	require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "Alice"})), "a subject is compared exactly")
	require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "alice", "sid": "ONE", "iat": ago - 60})))
}

// If an answer of introspection names a session, the logout of this session ends the token.
func TestLogoutEndsOpaqueTokens(t *testing.T) {
	s := newService(t, withOpaqueToken(&introspection{}, oidctest.Claims{"sid": "one"}), withLogout)
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "two"}))
	require.Empty(t, s.reason(t, "opaque-of-alice"), "another session")
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "one", "jti": "l-2"}))
	require.Equal(t, reason.TokenRevoked, s.reason(t, "opaque-of-alice"))
}

// A logout token logs out users of its own issuer only, and must have the issuer's signature.
func TestLogoutTokenEndsTokensOfItsIssuerOnly(t *testing.T) {
	other := oidctest.New(t)
	list := &denylist.Memory{Entries: 2}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Revocation.DenyList = list
		c.Issuers[0].LogoutAudience = []string{"orders-client"}
		c.Issuers = append(c.Issuers, oidcauth.Issuer{URL: other.Issuer(), Audience: []string{audience}, LogoutAudience: []string{"orders-client"}})
	})
	theirs := service{other, s.auth}
	before := other.Token(audience, alice)
	forged := other.Forge(oidctest.Forgery{Header: map[string]any{"typ": "logout+jwt"}, Claims: logoutClaims(oidctest.Claims{"iss": s.Issuer()})})
	require.Equal(t, http.StatusBadRequest, s.post(t, forged))
	idToken := s.Forge(oidctest.Forgery{Header: jwt, Claims: oidctest.Claims{"aud": "orders-client", "sub": "alice", "jti": "i-1", "sid": "one"}})
	require.Equal(t, http.StatusBadRequest, s.post(t, idToken))
	require.Equal(t, http.StatusOK, theirs.logout(t, nil, nil), "what was refused has left nothing in the list")
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.Equal(t, reason.TokenRevoked, theirs.reason(t, before))
}

func logoutClaims(changes oidctest.Claims) oidctest.Claims {
	return merged(oidctest.Claims{
		"aud": "orders-client", "sub": "alice", "jti": "l-1",
		"events": oidctest.Claims{"http://schemas.openid.net/event/backchannel-logout": oidctest.Claims{}},
	}, changes)
}

func TestLogoutTokenIsReadFromOnePlaceOnly(t *testing.T) {
	s := newService(t, withLogout)
	token := s.Forge(oidctest.Forgery{Header: map[string]any{"typ": "logout+jwt"}, Claims: logoutClaims(nil)})
	form, plain := url.Values{"logout_token": {token}}.Encode(), "application/x-www-form-urlencoded"
	for name, c := range map[string]struct{ method, query, kind, body string }{
		"query":     {http.MethodPost, "?" + form, plain, ""},
		"GET":       {http.MethodGet, "", plain, form},
		"PUT":       {http.MethodPut, "", plain, form},
		"no type":   {http.MethodPost, "", "", form},
		"JSON":      {http.MethodPost, "", "application/json", form},
		"two types": {http.MethodPost, "", plain + ", text/plain", form},
		"multipart": {
			http.MethodPost, "", "multipart/form-data; boundary=x",
			"--x\r\nContent-Disposition: form-data; name=\"logout_token\"\r\n\r\n" + token + "\r\n--x--\r\n",
		},
		"twice":       {http.MethodPost, "", plain, form + "&" + form},
		"huge":        {http.MethodPost, "", plain, form + "&x=" + strings.Repeat("x", 1<<20)},
		"other case":  {http.MethodPost, "", plain, "Logout_Token=" + token},
		"header":      {http.MethodPost, "", plain, "x=y"},
		"white space": {http.MethodPost, "", plain, url.Values{"logout_token": {token + "\n"}}.Encode()},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), c.method, "/logout"+c.query, strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			r.Header.Set("Authorization", "Bearer "+token)
			require.Equal(t, http.StatusBadRequest, serve(s.auth.BackChannelLogout(), r).StatusCode)
		})
	}
	require.Equal(t, http.StatusOK, s.post(t, token), "nothing of the above has taken it")
}

// racing is a list into which another replica writes between a Find and an Add.
type racing struct{ emptyList }

func (racing) Add(_ context.Context, e denylist.Entry) (bool, error) {
	return !strings.HasPrefix(e.Key, "j:"), nil
}

func TestLogoutTokenIsAcceptedByOneReplicaOnly(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].LogoutAudience, c.Revocation.DenyList = []string{"orders-client"}, racing{}
	})
	require.Equal(t, http.StatusBadRequest, s.logout(t, nil, nil))
}

// Another middleware may already have parsed a form of another content type.
func TestLogoutTokenOfAFormThatWasParsedBefore(t *testing.T) {
	s := newService(t, withLogout)
	token := s.Forge(oidctest.Forgery{Header: map[string]any{"typ": "logout+jwt"}, Claims: logoutClaims(nil)})
	for _, c := range []struct {
		kind string
		want int
	}{{"multipart/form-data; boundary=x", http.StatusBadRequest}, {"application/x-www-form-urlencoded", http.StatusOK}} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/logout", http.NoBody)
		r.Header.Set("Content-Type", c.kind)
		r.PostForm = url.Values{"logout_token": {token}}
		r.Form = r.PostForm
		require.Equal(t, c.want, serve(s.auth.BackChannelLogout(), r).StatusCode, c.kind)
	}
}

// counting is a list that counts its new entries.
type counting struct {
	denylist.Memory
	adds int
}

func (c *counting) Add(ctx context.Context, e denylist.Entry) (bool, error) {
	c.adds++
	return c.Memory.Add(ctx, e)
}

// A replayed logout token writes nothing, however often it is posted.
func TestLogoutTokenThatIsReplayedWritesNothing(t *testing.T) {
	list := &counting{}
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		list.Now = p.Now
		c.Issuers[0].LogoutAudience, c.Revocation.DenyList = []string{"orders-client"}, list
	})
	token := s.Forge(oidctest.Forgery{Header: map[string]any{"typ": "logout+jwt"}, Claims: logoutClaims(oidctest.Claims{"sid": "one"})})
	require.Equal(t, http.StatusOK, s.post(t, token))
	written := list.adds
	require.NotZero(t, written)
	for range 3 {
		require.Equal(t, http.StatusBadRequest, s.post(t, token))
	}
	require.Equal(t, written, list.adds)
}

package oidcauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The cost of a header is bounded by its length, regardless of its content.
func TestCostOfAHeaderIsBounded(t *testing.T) {
	w := newWorld(t)
	w.start(t, nil)
	for name, c := range map[string]struct {
		header string
		want   reason.Reason
	}{
		"dots":            {strings.Repeat(".", 1<<20), reason.MalformedToken},
		"short parts":     {strings.Repeat("abc.", 1<<18), reason.MalformedToken},
		"five parts":      {strings.Repeat(strings.Repeat("a", 1<<18)+".", 4), reason.MalformedToken},
		"letters":         {strings.Repeat("a", 1<<20), reason.MalformedToken},
		"equals signs":    {strings.Repeat("=", 1<<20), reason.MalformedRequest},
		"quotes":          {strings.Repeat(`"`, 1<<20), reason.MalformedRequest},
		"commas":          {strings.Repeat("a,", 1<<19), reason.MalformedRequest},
		"Bearer for ever": {strings.Repeat("Bearer ", 1<<17), reason.MalformedRequest},
	} {
		t.Run(name, func(t *testing.T) {
			r := withHeaders("Bearer " + c.header)
			before := allocated()
			require.Equal(t, c.want, reasonOf(t, w.auth, r))
			require.Less(t, allocated()-before, uint64(4<<20))
		})
	}
}

// Every limit accepts its bound and refuses one more. TestVerdictLimits, TestVerdictKeysChoice, TestVerdictDiscoveryRedirects
// and tests of other packages test the other limits. limits.go names them all.
func TestLimitsAreExact(t *testing.T) {
	blank := func(text string, size int) string { return text + strings.Repeat(" ", size-len(text)) }
	deep := func(n int) json.RawMessage {
		return json.RawMessage(strings.Repeat("[", n-1) + strings.Repeat("]", n-1))
	}
	list := func(n int) json.RawMessage { return json.RawMessage("[" + strings.Repeat("0,", n-1) + "0]") }
	key := jwkOf("k1", "", es256().public)
	set := func(values int) answer {
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(key), &members))
		return answer{body: `{"keys":[` + key + strings.Repeat(",0", values-2-len(members)) + "]}"}
	}
	const metadata = `{"issuer":"` + idp + `",` + keysThere + "}"
	const info = `{"sub":"` + holder + `","oid":"o"}`
	serving := func(url string, a answer) func(*world) { return func(w *world) { w.set(url, a) } }
	runVerdicts(t, []verdict{
		{name: "16 levels of claims", claims: obj{"x": deep(16)}},
		{name: "17 levels of claims", claims: obj{"x": deep(17)}, want: reason.MalformedToken},
		{name: "16 levels of header", header: obj{"x": deep(16)}},
		{name: "17 levels of header", header: obj{"x": deep(17)}, want: reason.MalformedToken},
		{name: "4096 values of claims", claims: obj{"x": list(4096 - 6)}},
		{name: "4097 values of claims", claims: obj{"x": list(4097 - 6)}, want: reason.MalformedToken},
		{name: "4096 values of header", header: obj{"x": list(4096 - 4)}},
		{name: "4097 values of header", header: obj{"x": list(4097 - 4)}, want: reason.MalformedToken},
		{name: "1 MiB of key set", world: serving(idpKeys, answer{body: blank(`{"keys":[`+key+"]}", 1<<20)})},
		{name: "more of key set", world: serving(idpKeys, answer{body: blank(`{"keys":[`+key+"]}", 1<<20+1)}), want: reason.KeysUnavailable},
		{name: "32768 values of key set", world: serving(idpKeys, set(32768))},
		{name: "32769 values of key set", world: serving(idpKeys, set(32769)), want: reason.KeysUnavailable},
		{name: "1 MiB of discovery", world: serving(idpDiscovery, answer{body: blank(metadata, 1<<20)})},
		{name: "more of discovery", world: serving(idpDiscovery, answer{body: blank(metadata, 1<<20+1)}), want: reason.KeysUnavailable},
		userInfo("1 MiB of UserInfo", "", answer{body: blank(info, 1<<20)}),
		userInfo("more of UserInfo", reason.UserInfoUnavailable, answer{body: blank(info, 1<<20+1)}),
	})
}

// The body of a logout may be as long as the longest token, and a little longer for the rest of the form.
func TestLogoutBodyIsBounded(t *testing.T) {
	s := newService(t, withLogout)
	token := s.Forge(oidctest.Forgery{
		Header: map[string]any{"typ": "logout+jwt"},
		Claims: oidctest.Claims{
			"aud": "orders-client", "sub": "alice", "jti": "l-1",
			"events": oidctest.Claims{"http://schemas.openid.net/event/backchannel-logout": oidctest.Claims{}},
		},
	})
	const most = 64<<10 + 1<<10
	for over, want := range map[int]int{1: http.StatusBadRequest, 0: http.StatusOK} {
		body := "logout_token=" + token + "&pad="
		body += strings.Repeat("x", most-len(body)+over)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/logout", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		require.Equal(t, want, serve(s.auth.BackChannelLogout(), r).StatusCode)
	}
}

// An opaque token has the same greatest length as a JWT, and a longer token is not sent to the provider.
func TestOpaqueTokenIsBounded(t *testing.T) {
	for name, is := range map[string]func(string) bool{
		"every token that is no JWT": nil, "by its beginning": func(token string) bool { return strings.HasPrefix(token, "opaque") },
	} {
		t.Run(name, func(t *testing.T) {
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, nil), withConfig(func(c *oidcauth.Config) { c.Issuers[0].Introspection.Owns = is }))
			longest := "opaque" + strings.Repeat("x", 64<<10-len("opaque"))
			i.answers[longest] = oidctest.Claims{"active": true, "sub": "alice", "aud": audience, "exp": s.Now().Unix() + 60}
			require.Empty(t, s.reason(t, longest))
			asked := i.asked.Load()
			require.Equal(t, reason.MalformedToken, s.reason(t, longest+"x"))
			require.Equal(t, reason.MalformedRequest, s.reason(t, longest+","), "the first character beyond the limit is checked")
			require.Equal(t, asked, i.asked.Load())
		})
	}
}

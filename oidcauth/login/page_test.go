package login_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
)

func TestExplainingPage(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	secret := "A description <script>alert(1)</script> of the provider"
	v := b.open(changed(t, b.callback(w, "/orders"), map[string]string{"code": "", "error": "access_denied", "error_description": secret}))
	require.Equal(t, http.StatusForbidden, v.status)
	require.Equal(t, "text/html; charset=utf-8", v.header.Get("Content-Type"))
	require.Equal(t, "no-store", v.header.Get("Cache-Control"))
	require.Equal(t, "no-referrer", v.header.Get("Referrer-Policy"))
	require.Equal(t, "DENY", v.header.Get("X-Frame-Options"))
	require.NotContains(t, v.body, "<script")
	require.NotContains(t, v.body, "description")
	require.NotContains(t, v.body, w.op.Issuer())
	require.Contains(t, v.body, v.header.Get("Decision-Id"))
	require.Contains(t, w.logged(), "A description") // the operator sees it

	csp := v.header.Get("Content-Security-Policy")
	require.Contains(t, csp, "default-src 'none'")
	require.Contains(t, csp, "frame-ancestors 'none'")
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(v.body)
	require.NotNil(t, style)
	sum := sha256.Sum256([]byte(style[1]))
	require.Contains(t, csp, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")

	again := b.open(w.app.URL + linksOf(v.body)[0])
	require.Equal(t, "GET /orders user=user-alice sub=alice", again.body)
}

func TestRefusalAsJSON(t *testing.T) {
	w := newWorld(t, setup{})
	v := w.browser().send(http.MethodGet, w.app.URL+"/auth/login?iss=x", nil, http.Header{"Accept": {"application/json"}})
	require.Equal(t, http.StatusUnauthorized, v.status)
	require.Equal(t, "application/problem+json", v.header.Get("Content-Type"))
	require.Equal(t, "no-store", v.header.Get("Cache-Control"))
	require.Equal(t, "no-referrer", v.header.Get("Referrer-Policy"))
	var answer struct {
		ID string `json:"decision_id"`
	}
	require.NoError(t, json.Unmarshal([]byte(v.body), &answer))
	require.Equal(t, v.header.Get("Decision-Id"), answer.ID)
}

func TestPageIsReplaced(t *testing.T) {
	w := newWorld(t, setup{login: func(c *login.Config) {
		c.Refuse = func(rw http.ResponseWriter, _ *http.Request, e *oidcauth.Error) {
			rw.WriteHeader(e.Status())
			_, _ = rw.Write([]byte("our own page, " + e.DecisionID + ", " + string(e.Reason)))
		}
	}})
	b := w.browser()
	v := b.open(changed(t, b.callback(w, "/"), map[string]string{"code": "", "error": "access_denied"}))
	require.Equal(t, http.StatusForbidden, v.status)
	require.True(t, strings.HasPrefix(v.body, "our own page, "))
	require.True(t, strings.HasSuffix(v.body, ", authorization_refused"))
	require.Equal(t, "no-store", v.header.Get("Cache-Control"))
}

func TestPageThatDoesNotExist(t *testing.T) {
	w := newWorld(t, setup{})
	v := w.browser().open(w.app.URL + "/auth/other")
	require.Equal(t, http.StatusNotFound, v.status)
	require.Zero(t, v.hops)
}

// No code, state, token or key is in the operator's log, whatever happened.
func TestLogHasNoSecret(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	at := b.callback(w, "/orders")
	b.open(at)
	b.open(at)
	token := b.open(w.app.URL + "/token").body
	id := b.cookie(w, "__Host-session").Value
	bad := b.callback(w, "/auth/login")
	b.open(changed(t, bad, map[string]string{"code": "forged-code"}))
	w.logOut(b)
	log := w.logged()
	require.Contains(t, log, "code_refused")
	for _, secret := range []string{token, id, queryOf(t, at, "code"), queryOf(t, at, "state"), queryOf(t, bad, "state"), "forged-code"} {
		require.NotContains(t, log, secret)
	}
}

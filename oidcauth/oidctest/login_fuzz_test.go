package oidctest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// FuzzAuthorization checks that a browser is sent to a registered URI only, and that no page contains markup of the request.
func FuzzAuthorization(f *testing.F) {
	good := request(nil)
	good.Set("client_id", oidctest.ClientID)
	f.Add(good.Encode(), false)
	f.Add(good.Encode()+"&response_mode=form_post&state=%22%3E%3Cscript%3E", true)
	f.Add(strings.Replace(good.Encode(), "app.example", "evil.example", 1), false)
	f.Add(good.Encode()+"&login_hint=%22%3E%3Cscript%3E&ui_locales=%00", false)
	f.Add("client_id=%zz;&interaction=1", false)
	p := oidctest.New(f)
	p.Register(oidctest.Client{RedirectURIs: []string{callback}})
	f.Fuzz(func(t *testing.T, query string, auto bool) {
		p.AutoLogin("")
		if auto {
			p.AutoLogin("alice")
		}
		r := httptest.NewRequest(http.MethodGet, "/authorize", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		if at := w.Header().Get("Location"); at != "" {
			u, err := url.Parse(at)
			require.NoError(t, err)
			require.Equal(t, []string{"https", "app.example", "/callback"}, []string{u.Scheme, u.Host, u.Path})
			return
		}
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, w.Code)
		require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
		require.LessOrEqual(t, strings.Count(w.Body.String(), "<script>"), 1)
		require.NotContains(t, strings.ReplaceAll(w.Body.String(), "<script>document.forms[0].submit()</script>", ""), "<script")
	})
}

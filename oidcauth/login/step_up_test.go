package login_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// fromProvider is the header of a form that the provider shows.
func fromProvider(w *world) http.Header {
	return with(navigation(), "Sec-Fetch-Site", "cross-site", "Origin", w.op.Issuer())
}

// A browser sends no session cookie with the form of the provider, which is of another site. A step-up keeps the user all the same.
func TestStepUpByAFormOfTheProvider(t *testing.T) {
	for _, inCookie := range []bool{false, true} {
		for _, sub := range []string{"alice", "mallory"} {
			t.Run(fmt.Sprintf("%s, in a cookie: %v", sub, inCookie), func(t *testing.T) {
				w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.InCookie, c.Providers[0].FormPost = inCookie, true }})
				strict(w)
				b := w.browser()
				form, action := hiddenForm(t, b.open(w.app.URL+"/").body)
				b.send(http.MethodPost, action, form, fromProvider(w))
				before := b.cookie(w, "__Host-session").Value
				if sub != "alice" {
					w.op.FailLogin(oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"sub": sub}}})
				}
				form, action = hiddenForm(t, b.open(w.app.URL+"/pay?to=bob").body)
				b.setCookie(w, "__Host-session", "")
				v := b.step(http.MethodPost, action, form, fromProvider(w))
				if sub != "alice" {
					require.Equal(t, http.StatusUnauthorized, v.status)
					require.Contains(t, w.logged(), "login_changed")
					require.Nil(t, b.cookie(w, "__Host-session"))
					b.setCookie(w, "__Host-session", before)
					require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/").body)
					return
				}
				require.Equal(t, "/pay?to=bob", v.location(t).RequestURI())
				require.Equal(t, "paid by alice", b.open(v.location(t).String()).body)
			})
		}
	}
}

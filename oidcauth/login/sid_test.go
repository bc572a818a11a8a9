package login_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// The answer to a refresh states the sid for the first time, or another one. The logout of that sid ends the session.
func TestFrontChannelLogoutOfASIDThatARefreshStates(t *testing.T) {
	for name, before := range map[string]any{"for the first time": nil, "another one": "former"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, withoutBackChannel)
			w.op.FailLogin(oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"sid": before}}})
			b := w.browser()
			b.open(w.app.URL + "/")
			w.op.FailLogin(oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"sid": "present"}}})
			w.op.Advance(6 * time.Minute)
			require.True(t, w.isSignedIn(b))
			require.Equal(t, 2, w.op.Requests(oidctest.TokenEndpoint))
			require.Equal(t, "present", sidOf(t, w, b))
			w.endByFrame("present")
			require.False(t, w.isSignedIn(b))
		})
	}
}

// The store fails while a second login replaces the session of the first one, which goes on. A logout at the provider ends it.
func TestFrontChannelLogoutAfterAStoreThatFailed(t *testing.T) {
	w, store := countedWorld(t, withoutBackChannel)
	b := w.browser()
	b.open(w.app.URL + "/")
	sid := sidOf(t, w, b)
	store.undeletable.Store(true)
	require.Equal(t, http.StatusServiceUnavailable, b.open(w.app.URL+"/auth/login").status)
	store.undeletable.Store(false)
	w.endByFrame(sid)
	require.False(t, w.isSignedIn(b))
}

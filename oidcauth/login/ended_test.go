package login_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// A cookie tells that its session has ended. A store has forgotten the session by then.
func TestReasonOfASessionThatWasIdleTooLong(t *testing.T) {
	for want, inCookie := range map[reason.Reason]bool{reason.SessionExpired: true, reason.SessionUnknown: false} {
		t.Run(string(want), func(t *testing.T) {
			w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.InCookie = inCookie }})
			b := w.browser()
			require.Equal(t, http.StatusOK, b.open(w.app.URL+"/orders").status)
			w.op.Advance(2 * time.Hour)
			require.Equal(t, http.StatusUnauthorized, b.send(http.MethodGet, w.app.URL+"/orders", nil, fetching()).status)
			require.Contains(t, w.logged(), "reason="+string(want))
			require.Equal(t, "GET /orders user=user-alice sub=alice", b.open(w.app.URL+"/orders").body)
		})
	}
}

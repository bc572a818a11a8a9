package login_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// restricted returns a world whose page /staff requires a role that nobody has.
func restricted(t *testing.T, s setup) *world {
	t.Helper()
	w := newWorld(t, s)
	w.mux.Handle("/staff", w.rp.Require(w.auth.RequireRoles("staff")(http.NotFoundHandler())))
	w.mux.Handle("POST /api", w.rp.Require(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		w.auth.Refuse(rw, r, id.RequireClaims(claims.Equals(claims.Name("level"), 2)))
	})))
	return w
}

func TestRequirementIsRefusedWithAPageForPeople(t *testing.T) {
	w := restricted(t, setup{})
	b := w.browser()
	v := b.open(w.app.URL + "/staff")
	require.Equal(t, http.StatusForbidden, v.status)
	require.Contains(t, v.header.Get("Content-Type"), "text/html")
	require.Contains(t, v.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Contains(t, v.body, v.header.Get("Decision-Id"))
	kinds := w.kinds()
	require.Equal(t, decision.Refused, kinds[len(kinds)-1])
	require.Contains(t, w.logged(), v.header.Get("Decision-Id"))
}

func TestFaultOfTheApplicationHasAPage(t *testing.T) {
	w := restricted(t, setup{})
	w.mux.Handle("/broken", w.rp.Require(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.auth.Refuse(rw, r, errors.ErrUnsupported)
	})))
	v := w.browser().open(w.app.URL + "/broken")
	require.Equal(t, http.StatusInternalServerError, v.status)
	require.Contains(t, v.header.Get("Content-Type"), "text/html")
	require.NotContains(t, v.body, errors.ErrUnsupported.Error())
}

func TestRequirementIsRefusedWithAProblemForPrograms(t *testing.T) {
	w := restricted(t, setup{})
	b := w.browser()
	require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
	v := b.send(http.MethodGet, w.app.URL+"/staff", nil, fetching())
	require.Equal(t, http.StatusForbidden, v.status)
	require.Equal(t, "application/problem+json", v.header.Get("Content-Type"))
	v = b.send(http.MethodPost, w.app.URL+"/api", nil, fetching())
	require.Equal(t, http.StatusForbidden, v.status)
	require.Equal(t, "application/problem+json", v.header.Get("Content-Type"))
}

func TestRefuseOfTheLoginAnswersRequirementsToo(t *testing.T) {
	var got []reason.Reason
	var w *world
	w = restricted(t, setup{
		login: func(c *login.Config) {
			c.Refuse = func(rw http.ResponseWriter, r *http.Request, err *oidcauth.Error) {
				got = append(got, err.Reason)
				w.auth.Refuse(rw, r, err) // the answer of the Authenticator is the end
			}
		},
	})
	b := w.browser()
	v := b.open(w.app.URL + "/staff")
	require.Equal(t, http.StatusForbidden, v.status)
	require.Equal(t, "application/problem+json", v.header.Get("Content-Type"))
	require.Equal(t, []reason.Reason{reason.RoleMissing}, got)
}

package oidcauth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// FuzzBearer: of all headers only "Bearer" and the one good token are served, and what is refused is a client's fault.
func FuzzBearer(f *testing.F) {
	token := verdict{claims: obj{"exp": inSeconds(1e9)}}.token()
	for _, first := range []string{
		"Bearer TOKEN", "bearer  TOKEN", "BEARER TOKEN ", "Bearer TOKEN,Bearer TOKEN", `Bearer "TOKEN"`, "Basic Og==", "TOKEN", "Bearer", "", "Bearer\tTOKEN", "Bearer TOKEN=", "Bearer TOKEN.",
		"Bearer a.b.c", "Bearer ....", "Bearer ey.ey.", "Ⓑearer TOKEN", "Bearer eyJhbGciOiJub25lIn0.e30.",
	} {
		f.Add(first, "", false)
		f.Add("Bearer TOKEN", first, true)
	}
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{URL: idp, Audience: []string{audience}, Keys: publicPEM(f, es256().public)}},
		Now:     (&world{now: verdictTime}).clock, Logger: silent,
	})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, first, second string, twice bool) {
		r := withHeaders(strings.ReplaceAll(first, "TOKEN", token))
		if twice {
			r.Header.Add("Authorization", strings.ReplaceAll(second, "TOKEN", token))
		}
		ran := false
		w := httptest.NewRecorder()
		auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })).ServeHTTP(w, r)
		scheme, rest, _ := strings.Cut(first, " ")
		good := !twice && strings.EqualFold(scheme, "Bearer") && strings.TrimLeft(rest, " ") == "TOKEN"
		require.Equal(t, good || !twice && strings.EqualFold(scheme, "Bearer") && strings.TrimLeft(rest, " ") == token, ran)
		if !ran {
			require.Contains(t, []int{http.StatusBadRequest, http.StatusUnauthorized}, w.Code)
			require.Len(t, w.Header().Values("WWW-Authenticate"), 1)
			require.Less(t, w.Body.Len(), 300)
		}
	})
}

package oidcauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// A value of Authorization has the same verdict in a request and in another transport.
func TestPresentedAuthorizationIsReadAsARequest(t *testing.T) {
	s := newService(t, nil)
	token := s.Token(audience, alice)
	for name, values := range map[string][]string{
		"good": {"Bearer " + token}, "lower case": {"bearer " + token}, "no value": nil, "an empty list": {}, "an empty value": {""},
		"another scheme": {"Basic YTpi"}, "scheme alone": {"Bearer"}, "no scheme": {token}, "two values": {"Bearer " + token, "Bearer " + token},
		"a good and an empty value": {"Bearer " + token, ""}, "a list in one value": {"Bearer " + token + ",Bearer " + token},
		"expired": {"Bearer " + s.Token(audience, oidctest.Claims{"sub": "alice", "exp": s.Now().Add(-time.Hour).Unix()})},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.auth.CheckToken(t.Context(), oidcauth.Presented{Authorization: values})
			want := reasonOf(t, s.auth, withHeaders(values...))
			if want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, want)
		})
	}
}

func TestPresentedToken(t *testing.T) {
	s := newService(t, nil)
	token := s.Token(audience, alice)
	for _, c := range []struct {
		name string
		p    oidcauth.Presented
		want reason.Reason
	}{
		{"token", oidcauth.Presented{Token: token}, ""},
		{"token with its scheme", oidcauth.Presented{Scheme: "bearer", Token: token}, ""},
		{"nothing", oidcauth.Presented{}, reason.NoCredentials},
		{"method and route alone", oidcauth.Presented{Method: "GET", Route: "/orders"}, reason.NoCredentials},
		{"scheme alone", oidcauth.Presented{Scheme: "Bearer"}, reason.MalformedRequest},
		{"another scheme", oidcauth.Presented{Scheme: "Basic", Token: token}, reason.NoCredentials},
		{"two tokens", oidcauth.Presented{Authorization: []string{"Bearer " + token}, Token: token}, reason.MalformedRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, err := s.auth.CheckToken(t.Context(), c.p)
			if c.want == "" {
				require.NoError(t, err)
				require.Equal(t, "alice", id.Subject())
				return
			}
			require.Nil(t, id)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// The answer for another transport equals the response of Refuse, and the refusal is recorded once.
func TestAnswerOfAPresentedToken(t *testing.T) {
	for _, c := range []struct {
		name   string
		values func(good string) []string
		status int
	}{
		{"lacks a scope", func(good string) []string { return []string{"Bearer " + good} }, 403},
		{"none", func(string) []string { return nil }, 401},
		{"two", func(good string) []string { return []string{"Bearer " + good, "Bearer " + good} }, 400},
		{"no token", func(string) []string { return []string{"Bearer x"} }, 401},
		{"provider down", func(good string) []string { return []string{"Bearer " + good} }, 503},
	} {
		t.Run(c.name, func(t *testing.T) {
			var decisions []*decision.Decision
			s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) {
					if !d.Accepted {
						decisions = append(decisions, d)
					}
				})
			})
			if c.status == http.StatusServiceUnavailable {
				s.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway})
			}
			values := c.values(s.Token(audience, oidctest.Claims{"sub": "alice", "scope": "orders.read"}))
			p := oidcauth.Presented{Authorization: values, Method: "call", Route: "/orders.Orders/Create"}
			id, err := s.auth.CheckToken(t.Context(), p)
			if err == nil {
				err = id.RequireScopes("orders.write")
			}

			got := s.auth.RefuseToken(t.Context(), p, err)
			require.Equal(t, c.status, got.Status)
			require.Len(t, decisions, 1)
			require.Equal(t, decisions[0].ID, got.DecisionID)
			require.Equal(t, "call /orders.Orders/Create", decisions[0].Method+" "+decisions[0].Route)

			w := httptest.NewRecorder()
			s.auth.Refuse(w, withHeaders(values...), err)
			require.Equal(t, got.Status, w.Code)
			require.Equal(t, got.Challenges, w.Header().Values("WWW-Authenticate"))
			require.Equal(t, got.Header(), w.Header())
			require.JSONEq(t, string(got.Body()), w.Body.String())
			require.Contains(t, string(got.Body()), got.Text)
		})
	}
}

// A transport may take the route from its client, as a gRPC proxy does.
func TestRouteOfADecisionIsBounded(t *testing.T) {
	var decisions []*decision.Decision
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { decisions = append(decisions, d) })
	})
	long := strings.Repeat("x", 1<<16)
	token := s.Token(audience, alice)
	for _, p := range []oidcauth.Presented{{Method: long, Route: long}, {Token: token, Method: long, Route: long}, {Token: token, Method: long, Route: long}} {
		_, err := s.auth.CheckToken(t.Context(), p)
		require.Equal(t, p.Token == "", err != nil)
	}
	require.Len(t, decisions, 3)
	for _, d := range decisions {
		require.Less(t, len(d.Method), 1000)
		require.Less(t, len(d.Route), 1000)
	}
}

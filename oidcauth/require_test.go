package oidcauth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

var errTooLate = errors.New("the order is shipped already")

// requirements lists the requirements that handlers may have. Each is a method of Identity and a middleware.
func requirements(auth *oidcauth.Authenticator) map[string]struct {
	claims     oidctest.Claims
	method     func(*oidcauth.Identity) error
	middleware func(http.Handler) http.Handler
	want       reason.Reason // none: the handler runs
} {
	type row = struct {
		claims     oidctest.Claims
		method     func(*oidcauth.Identity) error
		middleware func(http.Handler) http.Handler
		want       reason.Reason
	}
	scope := oidctest.Claims{"scope": "read write"}
	anyScope := func(want reason.Reason, any ...string) row {
		return row{scope, func(id *oidcauth.Identity) error { return id.RequireAnyScope(any...) }, auth.RequireAnyScope(any...), want}
	}
	allScopes := func(want reason.Reason, all ...string) row {
		return row{scope, func(id *oidcauth.Identity) error { return id.RequireScopes(all...) }, auth.RequireScopes(all...), want}
	}
	checked := func(want reason.Reason, checks ...claims.Check) row {
		has := oidctest.Claims{"level": 3}
		return row{has, func(id *oidcauth.Identity) error { return id.RequireClaims(checks...) }, auth.RequireClaims(checks...), want}
	}
	ruled := func(want reason.Reason, err error) row {
		allow := func(*oidcauth.Identity) error { return err }
		return row{nil, func(id *oidcauth.Identity) error { return id.Require("open order", allow) }, auth.Require("open order", allow), want}
	}
	level := claims.Name("level")
	return map[string]row{
		"any scope, the second":         anyScope("", "admin", "write"),
		"any scope, none of them":       anyScope(reason.InsufficientScope, "admin", "writer"),
		"any scope, two in one":         anyScope("", "read write"),
		"any scope, one of two in one":  anyScope(reason.InsufficientScope, "read admin"),
		"any scope, with two spaces":    anyScope(reason.InsufficientScope, "read  write"),
		"scopes, two in one":            allScopes("", "read write"),
		"scopes, one of two in one":     allScopes(reason.InsufficientScope, "read admin"),
		"scopes, the empty one":         allScopes(reason.InsufficientScope, "read", ""),
		"any scope of nothing":          anyScope(reason.InsufficientScope),
		"any scope, the empty one":      anyScope(reason.InsufficientScope, ""),
		"all checks":                    checked("", claims.AtLeast(level, 3), claims.Absent(claims.Name("act"))),
		"one check":                     checked(reason.CheckFailed, claims.AtLeast(level, 3), claims.AtMost(level, 2)),
		"a missing claim":               checked(reason.CheckClaimMissing, claims.Has(claims.Name("act"))),
		"no check":                      checked(reason.CheckFailed),
		"the zero check":                checked(reason.CheckFailed, claims.Check{}),
		"allowed":                       ruled("", nil),
		"refused":                       ruled(reason.AccessDenied, errTooLate),
		"refused with a reason":         ruled(reason.UserStoreUnavailable, &oidcauth.Error{Reason: reason.UserStoreUnavailable}),
		"refused with a wrapped reason": ruled(reason.ApplicationError, fmt.Errorf("order 7: %w", &oidcauth.Error{Reason: reason.ApplicationError})),
		"refused with no reason":        ruled(reason.AccessDenied, &oidcauth.Error{}),
		"refused with a nil pointer":    ruled(reason.AccessDenied, (*oidcauth.Error)(nil)),
	}
}

func TestVerdictRequirements(t *testing.T) {
	s := newService(t, nil)
	for name, row := range requirements(s.auth) {
		t.Run(name, func(t *testing.T) {
			r := withHeaders("Bearer " + s.Token(audience, merged(alice, row.claims)))
			id, err := s.auth.Check(r)
			require.NoError(t, err)
			err = row.method(id)
			require.Equal(t, row.want == "", err == nil)
			require.ErrorIs(t, row.method(nil), reason.NoCredentials)

			ran := false
			behind := row.middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true }))
			res := serve(s.auth.Handler(behind), r)
			require.Equal(t, row.want == "", ran)
			anonymous := serve(behind, withHeaders())
			require.Equal(t, http.StatusUnauthorized, anonymous.StatusCode)
			if row.want != "" {
				require.ErrorIs(t, err, row.want)
				require.Equal(t, row.want.Status(), res.StatusCode)
			}
		})
	}
}

func TestRequiredUser(t *testing.T) {
	for name, c := range map[string]struct {
		users  usermap.Finder
		status int
	}{
		"found":     {anyUser, http.StatusOK},
		"no finder": {nil, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, func(_ *oidctest.Provider, config *oidcauth.Config) { config.Users = c.users })
			h := s.auth.Optional(s.auth.RequireUser()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
			require.Equal(t, c.status, serve(h, withHeaders("Bearer "+s.Token(audience, alice))).StatusCode)
			require.Equal(t, http.StatusUnauthorized, serve(h, withHeaders()).StatusCode)
		})
	}
}

// The challenge of a 403 names one scope that is enough, so that the client does not request more than it needs.
func TestChallengeOfAnyScopeNamesTheFirst(t *testing.T) {
	s := newService(t, nil)
	res := serve(s.auth.Handler(s.auth.RequireAnyScope("orders.read", "orders.admin")(http.NotFoundHandler())), withHeaders("Bearer "+s.Token(audience, alice)))
	require.Contains(t, res.Header.Get("WWW-Authenticate"), `scope="orders.read"`)
}

// The log contains the rule and the cause of a refusal by the application, and the response contains neither.
func TestRuleOfTheApplicationIsLoggedAndNotSent(t *testing.T) {
	var log bytes.Buffer
	var told []*decision.Decision
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { told = append(told, d) })
	})
	rule := s.auth.Require("open order", func(*oidcauth.Identity) error { return errTooLate })
	res := serve(s.auth.Handler(rule(http.NotFoundHandler())), withHeaders("Bearer "+s.Token(audience, alice)))
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	for _, secret := range []string{"open order", errTooLate.Error(), string(reason.AccessDenied)} {
		require.NotContains(t, string(body)+fmt.Sprint(res.Header), secret)
		require.Contains(t, log.String(), secret)
	}
	require.Equal(t, "open order", told[1].Rule)
	require.Equal(t, reason.AccessDenied, told[1].Reason)
}

// Refuse states no cause for an error of the application, and such an error causes no record at ERROR.
func TestErrorOfTheApplicationHasNoStatedCause(t *testing.T) {
	var log bytes.Buffer
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	for _, err := range []error{errTooLate, context.DeadlineExceeded, &oidcauth.Error{}, (*oidcauth.Error)(nil), nil} {
		log.Reset()
		w := httptest.NewRecorder()
		s.auth.Refuse(w, withHeaders("Bearer "+s.Token(audience, alice)), err)
		require.Equal(t, http.StatusInternalServerError, w.Code)
		require.Empty(t, w.Header().Get("WWW-Authenticate"))
		require.Empty(t, w.Header().Get("Retry-After"))
		require.Contains(t, log.String(), "level=WARN")
		require.Contains(t, log.String(), "reason=application_error")
		require.NotContains(t, log.String(), "database")
	}
}

// A refusal after the token was accepted has the ID of the decision that accepted it.
func TestRefusalAfterAcceptanceHasTheIDOfTheFirstDecision(t *testing.T) {
	for name, users := range map[string]usermap.Finder{"cached identity": nil, "users": anyUser} {
		t.Run(name, func(t *testing.T) {
			var told []*decision.Decision
			s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Users = users
				c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { told = append(told, d) })
			})
			token := s.Token(audience, alice)
			refusals := map[string]http.Handler{
				"requirement": s.auth.RequireScopes("admin")(http.NotFoundHandler()),
				"handler's own error": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					s.auth.Refuse(w, r, errTooLate)
				}),
			}
			for name, h := range refusals {
				for range 3 {
					told = nil
					r := withHeaders("Bearer " + token)
					r.Pattern = "GET /orders"
					res := serve(s.auth.Handler(h), r)
					require.Len(t, told, 2, name)
					first, last := told[0], told[1]
					require.True(t, first.Accepted)
					require.False(t, first.AfterAcceptance)
					require.False(t, last.Accepted)
					require.True(t, last.AfterAcceptance)
					require.Equal(t, first.ID, last.ID)
					require.Equal(t, first.ID, res.Header.Get("Decision-Id"))
					require.Equal(t, first.Token, last.Token)
					require.Equal(t, first.Issuer, last.Issuer)
				}
			}
			require.NotEqual(t, told[0].ID, func() string {
				_, err := s.auth.Check(withHeaders("Bearer " + token))
				require.NoError(t, err)
				return told[len(told)-1].ID
			}(), "each request has a decision of its own")
		})
	}
}

// The refusal of an anonymous request is its first decision, and a bad token is refused once.
func TestRefusalWithoutAcceptanceIsTheFirstDecision(t *testing.T) {
	var told []*decision.Decision
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { told = append(told, d) })
	})
	h := s.auth.Optional(s.auth.RequireScopes("admin")(http.NotFoundHandler()))
	for _, headers := range [][]string{nil, {"Bearer x"}} {
		told = nil
		serve(h, withHeaders(headers...))
		require.Len(t, told, 1)
		require.False(t, told[0].AfterAcceptance)
	}
}

// A refusal by the caller of CheckToken also has the ID of the acceptance, although there is no request.
func TestRefusalOfATokenHasTheIDOfItsAcceptance(t *testing.T) {
	var told []*decision.Decision
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { told = append(told, d) })
	})
	p := oidcauth.Presented{Token: s.Token(audience, alice)}
	id, err := s.auth.CheckToken(t.Context(), p)
	require.NoError(t, err)
	answer := s.auth.RefuseToken(t.Context(), p, id.RequireScopes("admin"))
	require.Equal(t, http.StatusForbidden, answer.Status)
	require.Equal(t, told[0].ID, answer.DecisionID)
	require.True(t, told[1].AfterAcceptance)
}

// UserInfo may have a claim that the token lacks, so the claim counts as absent only after UserInfo was requested.
func TestAbsenceIsUnknownIfUserInfoWasNotRequested(t *testing.T) {
	blocked := claims.Name("blocked")
	for name, c := range map[string]struct {
		info     claims.Fetcher
		required []claims.Path
		check    claims.Check
		want     bool
	}{
		"not requested":                       {infoAnswers(`{"sub":"alice","blocked":true}`), nil, claims.Absent(blocked), false},
		"not requested, the negation":         {infoAnswers(`{"sub":"alice","blocked":true}`), nil, claims.Not(claims.Has(blocked)), false},
		"not requested, another claim passes": {infoAnswers(`{"sub":"alice"}`), nil, claims.AnyOf(claims.Absent(blocked), claims.Has(claims.Name("sub"))), true},
		"not requested, present in the token": {infoAnswers(`{"sub":"alice"}`), nil, claims.Has(claims.Name("sub")), true},
		"requested, and present":              {infoAnswers(`{"sub":"alice","tier":"x","blocked":true}`), []claims.Path{claims.Name("tier")}, claims.Absent(blocked), false},
		"requested, and absent":               {infoAnswers(`{"sub":"alice","tier":"x"}`), []claims.Path{claims.Name("tier")}, claims.Absent(blocked), true},
		"not configured":                      {nil, nil, claims.Absent(blocked), true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, func(_ *oidctest.Provider, config *oidcauth.Config) {
				config.Issuers[0].Claims.UserInfo, config.Issuers[0].Claims.Required = c.info, c.required
			})
			for range 2 { // the second time from the cache
				id, err := s.auth.Check(withHeaders("Bearer " + s.Token(audience, alice)))
				require.NoError(t, err)
				err = id.RequireClaims(c.check)
				require.Equal(t, c.want, err == nil)
				if !c.want {
					require.ErrorIs(t, err, reason.CheckFailed)
				}
			}
		})
	}
}

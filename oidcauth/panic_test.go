package oidcauth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/keybind"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// Refuse answers any error of an application with a refusal, and does not panic.
func TestRefuseAcceptsAnyError(t *testing.T) {
	var none *oidcauth.Error
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"no reason":           {&oidcauth.Error{}, http.StatusInternalServerError},
		"no reason, detail":   {&oidcauth.Error{Detail: "not today"}, http.StatusInternalServerError},
		"wrapped":             {fmt.Errorf("wrapped: %w", &oidcauth.Error{Err: errors.New("x")}), http.StatusInternalServerError},
		"nil":                 {nil, http.StatusInternalServerError},
		"nil pointer":         {none, http.StatusInternalServerError},
		"joined nil pointer":  {errors.Join(none, errors.New("x")), http.StatusInternalServerError},
		"foreign":             {errors.New("x"), http.StatusInternalServerError},
		"reason of one's own": {&oidcauth.Error{Reason: "blocked"}, http.StatusUnauthorized},
		"reason alone":        {&oidcauth.Error{Reason: reason.UserDisabled}, http.StatusForbidden},
	} {
		for _, shown := range []bool{false, true} {
			t.Run(fmt.Sprint(name, shown), func(t *testing.T) {
				logger, records := recorder(t)
				s := newService(t, withLogger(logger), func(_ *oidctest.Provider, c *oidcauth.Config) {
					c.Response.InsecureExplain = shown
					c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { _ = d.String() + fmt.Sprint(d.Faults(), d.HintCodes()) })
				})
				w := httptest.NewRecorder()
				s.auth.Refuse(w, withHeaders("Bearer "+s.Token(audience, alice)), c.err)
				require.Equal(t, c.want, w.Code)
				require.NotEmpty(t, w.Header().Get("Decision-Id"))
				require.Len(t, records(), 1)
				require.NotEmpty(t, records()[0]["reason"])
				require.NotEqual(t, "ERROR", records()[0]["level"], "a sender may be able to bring it about")
			})
		}
	}
}

// The greatest number of concurrent introspections ignores its context. After the timeout, a good token is introspected
// nevertheless.
func TestIntrospectionsThatIgnoreTheirContextBlockNoOther(t *testing.T) {
	p := oidctest.New(t)
	answer, err := claims.Parse([]byte(`{"active":true,"sub":"alice","aud":"` + audience + `"}`))
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		client := introspectorFunc(func(token string) (claims.Set, error) {
			if strings.HasPrefix(token, "bad") {
				<-release
			}
			return answer, nil
		})
		auth := serviceOf(t, p, withConfig(func(c *oidcauth.Config) { c.Issuers[0].Introspection.Client = client })).auth
		ended := make(chan error, 64)
		for i := range 64 {
			go func() {
				_, err := auth.Check(withHeaders(fmt.Sprint("Bearer bad", i)))
				ended <- err
			}()
		}
		for range 64 {
			require.ErrorIs(t, <-ended, context.DeadlineExceeded)
		}
		_, err = auth.Check(withHeaders("Bearer good"))
		require.NoError(t, err)
		close(release)
		<-time.After(time.Minute)
	})
}

// The log contains the value and the stack of a panic on a goroutine of the library once. The response does not mention it.
func TestPanicOfTheApplicationIsLogged(t *testing.T) {
	const token = "opaque-4711-of-alice"
	for name, change := range map[string]func(*oidcauth.Config){
		"Introspection.Client, its transport": func(c *oidcauth.Config) {
			client, err := provider.New(provider.Config{
				IntrospectionURL: "https://idp.example/introspect", ClientID: "api",
				HTTPClient: &http.Client{Transport: transportFunc(func(*http.Request) (*http.Response, error) { panic("cannot read " + token) })},
			})
			require.NoError(t, err)
			c.Issuers[0].Introspection.Client = client
		},
		"Introspection.Client": func(c *oidcauth.Config) {
			c.Issuers[0].Introspection.Client = introspectorFunc(func(token string) (claims.Set, error) { panic("cannot read " + token) })
		},
		"Claims.UserInfo": func(c *oidcauth.Config) {
			c.Issuers[0].Claims.UserInfo, c.Issuers[0].Introspection.InsecureByUserInfo = throwingInfo{}, true
		},
	} {
		t.Run(name, func(t *testing.T) {
			logger, records := recorder(t)
			s := newService(t, withLogger(logger), withConfig(change))
			for range 3 {
				res, ran := s.answer(withHeaders("Bearer " + token))
				require.False(t, ran)
				require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
				said, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				require.NotContains(t, string(said), "cannot read")
			}
			require.NotContains(t, fmt.Sprint(records()), token)
			var stacks []map[string]any
			for _, r := range records() {
				if r["stack"] != nil {
					stacks = append(stacks, r)
				}
			}
			require.Len(t, stacks, 1)
			require.Equal(t, "ERROR", stacks[0]["level"])
			called, _, _ := strings.Cut(name, ",")
			require.Equal(t, called, stacks[0]["called"])
			require.Contains(t, stacks[0]["panic"], "cannot read [redacted]")
			require.Contains(t, stacks[0]["stack"], "panic_test.go")
		})
	}
}

type throwingInfo struct{}

func (throwingInfo) UserInfo(_ context.Context, token string) (claims.Set, error) {
	panic("cannot read " + token)
}

// A panic on the request's goroutine ends this request in net/http, and does not affect the next request.
func TestPanicOnTheRequestsGoroutineEndsOneRequest(t *testing.T) {
	broken := true
	throw := func() {
		if broken {
			panic("broken")
		}
	}
	for name, change := range map[string]func(*oidctest.Provider, *oidcauth.Config){
		"users": func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
				throw()
				return []usermap.User{{ID: "1", Enabled: true}}, nil
			})
		},
		"deny list": func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Revocation.DenyList = listFunc(func() error { throw(); return nil })
		},
		"OnEvent": func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.OnEvent = onDecision(func(context.Context, *decision.Decision) { throw() })
		},
		"check": func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Issuers[0].Claims.Checks = []claims.Check{claims.CheckFunc("sound", claims.Name("sub"), func(claims.Value) bool { throw(); return true })}
		},
		"clock": func(p *oidctest.Provider, c *oidcauth.Config) { c.Now = func() time.Time { throw(); return p.Now() } },
		"keys": func(_ *oidctest.Provider, c *oidcauth.Config) {
			bound, err := keybind.Bind(certsource.Discovered{}, keybind.Binding{Issuer: c.Issuers[0].URL, HTTPClient: c.HTTPClient})
			require.NoError(t, err)
			c.Issuers[0].Keys = throwingSource{bound, throw}
		},
	} {
		t.Run(name, func(t *testing.T) {
			broken = false
			s := newService(t, change)
			token := s.Token(audience, alice)
			broken = true
			for range 3 {
				require.Panics(t, func() { _, _ = s.auth.Check(withHeaders("Bearer " + token)) })
			}
			broken = false
			require.Empty(t, s.reason(t, token))
		})
	}
}

type throwingSource struct {
	certsource.Source
	throw func()
}

func (s throwingSource) Keys(q certsource.Query) ([]certsource.Key, error) {
	s.throw()
	return s.Source.Keys(q)
}

func (s throwingSource) Refresh(ctx context.Context, q certsource.Query) error {
	return s.Source.(certsource.Refresher).Refresh(ctx, q) //nolint:errcheck,forcetypeassert // it is one
}

package oidcauth_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const audience = "api://orders"

var alice = oidctest.Claims{"sub": "alice"}

// service is a provider and an authenticator that trusts it.
type service struct {
	*oidctest.Provider
	auth *oidcauth.Authenticator
}

func newService(t *testing.T, change func(*oidctest.Provider, *oidcauth.Config)) service {
	t.Helper()
	p := oidctest.New(t)
	return serviceOf(t, p, func(c *oidcauth.Config) {
		if change != nil {
			change(p, c)
		}
	})
}

// serviceOf returns a service that trusts the provider. Several services may trust one provider.
func serviceOf(t *testing.T, p *oidctest.Provider, change func(*oidcauth.Config)) service {
	t.Helper()
	config := p.Config(audience)
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	change(&config)
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	return service{p, auth}
}

func withHeaders(values ...string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/orders", nil)
	for _, v := range values {
		r.Header.Add("Authorization", v)
	}
	return r
}

// reason returns why the token is refused, and "" when it is accepted.
func (s service) reason(t *testing.T, token string) reason.Reason {
	t.Helper()
	return reasonOf(t, s.auth, withHeaders("Bearer "+token))
}

func reasonOf(t *testing.T, auth *oidcauth.Authenticator, r *http.Request) reason.Reason {
	t.Helper()
	id, err := auth.Check(r)
	if err == nil {
		require.NotNil(t, id)
		return ""
	}
	require.Nil(t, id)
	var refused *oidcauth.Error
	require.True(t, errors.As(err, &refused))
	require.NotEmpty(t, refused.DecisionID)
	return refused.Reason
}

// answer sends the request through Handler and returns the response; ran tells whether the handler behind it ran.
func (s service) answer(r *http.Request) (res *http.Response, ran bool) {
	w := httptest.NewRecorder()
	s.auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })).ServeHTTP(w, r)
	return w.Result(), ran
}

func serve(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

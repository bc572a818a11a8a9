package oidcauth_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	entraid "github.com/knownbearer/knownbearer/oidcauth/entra"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func exchangeHints() []hinted {
	refused := func(code string, numbers ...int) error {
		return fmt.Errorf("groups: %w", &provider.ExchangeError{Status: http.StatusBadRequest, Code: code, ErrorCodes: numbers})
	}
	graph := func(status int) error { return &entraid.GraphError{Status: status} }
	// A UserInfo that calls another API, as the Groups of package entra do, and fails.
	other := func(err error) func(*scene) {
		return func(s *scene) {
			s.issuer.Claims.UserInfo = infoFunc(func() (claims.Set, error) { return claims.Set{}, err })
		}
	}
	failing := func(err error) scene {
		s := lacking("upn", nil)
		other(err)(&s)
		return s
	}
	// A source of groups that a token refers to.
	distributed := func(status int) func(*scene) {
		return func(s *scene) { s.issuer.Claims.UserInfo = referring{infoRefuses(claims.RefusedError{Status: status})} }
	}
	referred := func(status int) scene {
		s := lacking("sub", oidctest.Claims{"_claim_names": oidctest.Claims{"groups": "src1"}})
		distributed(status)(&s)
		return s
	}
	return []hinted{
		{"unknown at Graph", "graph_unknown_user", referred(http.StatusNotFound), distributed(http.StatusBadRequest)},
		{"too many groups", "graph_no_groups", referred(http.StatusBadRequest), distributed(http.StatusNotFound)},
		{"token of Graph", "exchange_audience", failing(refused("invalid_grant", 50013)), other(refused("invalid_grant", 65001))},
		{"token for another API", "exchange_audience", failing(refused("invalid_grant", 500131)), other(refused("invalid_grant"))},
		{"no consent", "exchange_consent", failing(refused("invalid_grant", 65001)), other(refused("invalid_grant", 50013))},
		{"second factor", "exchange_interaction", failing(refused("interaction_required", 50076)), other(refused("invalid_grant"))},
		{"unknown target", "exchange_target", failing(refused("invalid_target")), other(refused("invalid_grant"))},
		{"exchange refused", "exchange_refused", failing(refused("invalid_grant")), other(refused("invalid_grant", 65001))},
		{"no permission for Graph", "graph_permission", failing(graph(http.StatusForbidden)), other(graph(http.StatusTooManyRequests))},
		{"limited by Graph", "graph_throttled", failing(graph(http.StatusTooManyRequests)), other(graph(http.StatusForbidden))},
		{"no assertion", "assertion_file", failing(&provider.AssertionFileError{File: "token", Err: fs.ErrNotExist}), other(fs.ErrNotExist)},
	}
}

// The handler refuses a request because its call to another API failed. The operator learns why, the client does not.
func TestHintsOnAFailedExchange(t *testing.T) {
	p := oidctest.New(t)
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"error":"invalid_grant","error_codes":[50013],"error_description":"AADSTS50013: Assertion failed"}`)
	}))
	t.Cleanup(endpoint.Close)
	client, err := provider.New(provider.Config{TokenURL: endpoint.URL, ClientID: "api"})
	require.NoError(t, err)
	var codes []string
	config := p.Config("api")
	config.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { codes = d.HintCodes() })
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	handler := auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		received, err := auth.BearerToken(r)
		require.NoError(t, err)
		_, err = client.OnBehalfOf(r.Context(), received, id.Expires(), "api://stock/.default")
		require.Error(t, err)
		auth.Refuse(w, r, err)
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+p.Token("api", oidctest.Claims{"sub": "alice"}))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	require.Contains(t, codes, "exchange_audience")
	require.NotContains(t, codes, "exchange_refused")
	require.NotContains(t, w.Body.String(), "50013")
}

func TestHintOnAnAssertionFile(t *testing.T) {
	p := oidctest.New(t)
	c := p.ClientConfig()
	c.Auth = provider.Auth{AssertionFile: filepath.Join(t.TempDir(), "missing")}
	client, err := provider.New(c)
	require.NoError(t, err)
	var codes []string
	config := p.Config("api")
	config.Issuers[0].Introspection.Client = client
	config.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { codes = d.HintCodes() })
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	_, err = auth.CheckToken(t.Context(), oidcauth.Presented{Token: p.Opaque("api", nil)})
	require.ErrorIs(t, err, reason.IntrospectionUnavailable)
	require.Contains(t, codes, "assertion_file")
}

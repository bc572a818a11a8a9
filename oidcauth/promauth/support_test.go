package promauth_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/promauth"
)

const (
	audience = "api://orders"
	patience = 10 * time.Second
	poll     = time.Millisecond
)

// service is a service on a loopback socket with metrics, and the provider that it trusts.
type service struct {
	*oidctest.Provider
	auth    *oidcauth.Authenticator
	metrics *promauth.Metrics
	url     string
	handle  http.HandlerFunc
}

func start(t *testing.T, changes ...func(*service, *oidcauth.Config)) *service {
	t.Helper()
	s := &service{Provider: oidctest.New(t), handle: func(http.ResponseWriter, *http.Request) {}}
	registry := prometheus.NewPedanticRegistry()
	var err error
	s.metrics, err = promauth.New(registry)
	require.NoError(t, err)
	config := s.Config(audience)
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	config.OnEvent = s.metrics.OnEvent
	for _, change := range changes {
		change(s, &config)
	}
	s.auth, err = oidcauth.New(config)
	require.NoError(t, err)
	s.metrics.Observe(s.auth)
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}))
	mux.Handle("/orders", s.auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.handle(w, r) })))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// get returns the status of a request with the token.
func (s *service) get(t *testing.T, token string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/orders", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// scrape returns the value of each series, as a text, by its name with labels.
func (s *service) scrape(t *testing.T) map[string]string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/metrics", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode, string(text))
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(strings.ReplaceAll(line, s.Issuer(), "ISS"))
		if i := strings.LastIndex(line, " "); i > 0 && !strings.HasPrefix(line, "#") {
			out[line[:i]] = line[i+1:]
		}
	}
	return out
}

func names(series map[string]string) []string {
	var out []string
	for name := range series {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func hook(t *testing.T) func(context.Context, decision.Event) {
	t.Helper()
	m, err := promauth.New(nil)
	require.NoError(t, err)
	return m.OnEvent
}

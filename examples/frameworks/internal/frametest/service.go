// Package frametest is the test that all the example programs have to pass: each is asked, over a real listener, what
// the library's own middleware on plain net/http is asked, and has to answer the same.
package frametest

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const audience = "api://orders"

// Routes builds the router of an example program. Every handler calls visit, so that the test knows which ran.
type Routes[H http.Handler] func(auth *oidcauth.Authenticator, visit func(who string)) H

// Serve runs an example program that is no http.Handler until the test ends, and returns its URL.
type Serve func(t *testing.T, auth *oidcauth.Authenticator, visit func(who string)) (url string)

// service is a program under test and its model, which trust the same provider.
type service struct {
	*oidctest.Provider
	program, model string // URLs
	visits         *atomic.Int64
	log            *records // of the program
}

func start(t *testing.T, serve Serve) service {
	t.Helper()
	s := service{Provider: oidctest.New(t), visits: &atomic.Int64{}, log: &records{}}
	s.program = serve(t, s.trust(t, s.log), func(string) { s.visits.Add(1) })
	s.model = listen(t, plain(s.trust(t, slog.DiscardHandler)))
	return s
}

func (s service) trust(t *testing.T, log slog.Handler) *oidcauth.Authenticator {
	t.Helper()
	config := s.Config(audience)
	config.Logger = slog.New(log)
	config.Issuers[0].Claims.Roles.Paths = []claims.Path{claims.Name("roles")}
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	return auth
}

func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// plain is the model: nothing but the library and net/http.
func plain(auth *oidcauth.Authenticator) http.Handler {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "accepted") })
	mux := http.NewServeMux()
	mux.Handle("/me", auth.Handler(handler))
	mux.Handle("/orders", auth.Handler(auth.RequireScopes("orders.read")(handler)))
	mux.Handle("/reports", auth.Handler(auth.RequireRoles("auditor")(auth.RequireClaims(claims.AtLeast(claims.Name("level"), 2))(handler))))
	mux.Handle("/public", auth.Optional(handler))
	return mux
}

// answer is a response, read to its end.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// get sends one Authorization header for each of the credentials.
func get(t *testing.T, url string, credentials ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	for _, c := range credentials {
		r.Header.Add("Authorization", c)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return answer{response.StatusCode, response.Header, string(body)}
}

// refusal is what two answers to the same bad request have in common: everything but the date and the decision id.
type refusal struct {
	Status int
	Header http.Header
	Body   map[string]any
}

func (a answer) refusal(t *testing.T) (r refusal, decision string) {
	t.Helper()
	r = refusal{Status: a.Status, Header: a.Header.Clone()}
	require.NoError(t, json.Unmarshal([]byte(a.Body), &r.Body)) // which also fails on a second body behind the first
	decision = r.Header.Get("Decision-Id")
	require.NotEmpty(t, decision)
	require.Equal(t, decision, r.Body["decision_id"])
	r.Body["decision_id"] = "" // the key stays, and is compared
	r.Header.Del("Decision-Id")
	r.Header.Del("Date")
	return r, decision
}

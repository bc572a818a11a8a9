package operatorpage

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

const (
	audience = "api://orders"
	login    = "https://login.example.com"
	partner  = "https://partner.example.net"
	graph    = "00000003-0000-0000-c000-000000000000"
)

// scene is a service after an hour with refusals, and its page.
type scene struct {
	provider *oidctest.Provider
	auth     *oidcauth.Authenticator
	now      atomic.Pointer[time.Time]
	down     atomic.Bool // the partner
	url      string      // of the page
	id       string      // of a decision for a token for Graph
}

// RoundTrip answers for both providers.
func (s *scene) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	issuer := "https://" + r.URL.Host
	switch {
	case issuer == partner && s.down.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == string(oidctest.Discovery):
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": issuer, "jwks_uri": issuer + "/keys", "userinfo_endpoint": issuer + "/userinfo"})
	default:
		own := r.Clone(r.Context())
		own.URL.Path = string(oidctest.JWKS)
		s.provider.ServeHTTP(w, own)
	}
	out := w.Result()
	out.Request = r
	return out, nil
}

// clock sets the time of the service to a minute of the hour.
func (s *scene) clock(minute int) {
	t := time.Date(2026, 11, 21, 11, 35, 20, 0, time.UTC).Add(time.Duration(minute) * time.Minute)
	s.now.Store(&t)
}

// token returns a token of an issuer that is issued at the service's time.
func (s *scene) token(issuer, aud string, more oidctest.Claims) string {
	now := s.now.Load().Unix()
	all := oidctest.Claims{
		"iss": issuer, "sub": "alice", "email": "alice@corp.example", "tid": "0f8e1d", "ver": "2.0", "iat": now - 60, "nbf": now - 60, "exp": now + 3540,
	}
	for name, v := range more {
		all[name] = v
	}
	return s.provider.Token(aud, all)
}

// refuse sends a request that is refused, and returns the decision id.
func (s *scene) refuse(t testing.TB, handler http.Handler, token string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/orders", nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	require.GreaterOrEqual(t, w.Code, 400)
	return w.Header().Get("Decision-Id")
}

// newScene makes the hour. show is Config.ShowClaimValues.
func newScene(t testing.TB, show bool) *scene {
	t.Helper()
	s := &scene{provider: oidctest.New(t)}
	s.clock(0)
	client := &http.Client{Transport: s}
	var err error
	s.auth, err = oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{
			{
				URL: login, Audience: []string{audience}, HTTPClient: client,
				Claims: oidcauth.ClaimRules{User: claims.Name("email"), Checks: []claims.Check{claims.Equals(claims.Name("tid"), "0f8e1d")}},
			},
			{URL: partner, Audience: []string{"orders"}, HTTPClient: client, Claims: oidcauth.ClaimRules{User: claims.Name("email")}},
		},
		Users:  usermap.NewTable(usermap.Entry{Value: "alice@corp.example", User: usermap.User{ID: "7", Name: "Alice", Enabled: true}}),
		Now:    func() time.Time { return *s.now.Load() },
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), ShowClaimValues: show,
	})
	require.NoError(t, err)
	page := s.auth.DebugHandler(operators)
	s.hour(t)
	mux := http.NewServeMux()
	mux.Handle("/debug/auth/", page)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL + "/debug/auth/"
	return s
}

// hour sends the requests of an hour.
func (s *scene) hour(t testing.TB) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("GET /orders", s.auth.Handler(http.NotFoundHandler()))
	s.down.Store(true)
	for minute := range 60 {
		s.clock(minute)
		for range minute*7%5 + 1 {
			s.id = s.refuse(t, mux, s.token(login, graph, nil))
		}
		if minute%4 == 1 {
			s.refuse(t, mux, s.token(login, audience, oidctest.Claims{"exp": s.now.Load().Unix() - 7200}))
		}
		if minute%11 == 3 {
			s.refuse(t, mux, "")
		}
		if minute%9 == 5 {
			s.refuse(t, mux, s.token(login, audience, oidctest.Claims{"email": "carol@corp.example"}))
		}
		if minute >= 37 && minute <= 40 {
			for range minute - 34 {
				s.refuse(t, mux, s.token(partner, "orders", nil))
			}
		}
	}
	s.down.Store(false)
	_, err := s.auth.CheckToken(t.Context(), oidcauth.Presented{Token: s.token(partner, "orders", nil)})
	require.NoError(t, err)
}

// operators admits the session of an operator.
func operators(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("session"); err != nil || c.Value != "operator" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// openTab opens a tab of an operator.
func (s *scene) openTab(t testing.TB, width, height int64) *browser.Tab {
	t.Helper()
	tab := browser.Open(t)
	tab.Size(width, height)
	httpOnly := true
	browser.Call(tab, network.SetCookie, network.SetCookieParams{
		Name: "session", Value: "operator", URL: s.url, HTTPOnly: &httpOnly, SameSite: network.CookieSameSiteStrict,
	})
	return tab
}

// paste explains a text.
func paste(t *browser.Tab, url, text string) {
	t.Helper()
	t.Go(url)
	t.Do(chromedp.SetValue(chromedp.ID("text"), text))
	require.Equal(t, http.StatusOK, t.Follow(chromedp.Click(chromedp.CSS("form.explain button"))))
}

package promauth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/promauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

func TestDecisionsAreCounted(t *testing.T) {
	s := start(t)
	token := s.Token(audience, oidctest.Claims{"sub": "alice"})
	for range 3 {
		require.Equal(t, http.StatusOK, s.get(t, token))
	}
	require.Equal(t, http.StatusUnauthorized, s.get(t, s.Token("other", nil)))
	require.Equal(t, http.StatusUnauthorized, s.get(t, "opaque"))
	got := s.scrape(t)
	for name, want := range map[string]string{
		`oidcauth_decisions_total{issuer="ISS",reason="",result="accepted",status=""}`:                      "3",
		`oidcauth_decisions_total{issuer="ISS",reason="wrong_audience",result="refused",status="401"}`:      "1",
		`oidcauth_decisions_total{issuer="",reason="opaque_token",result="refused",status="401"}`:           "1",
		`oidcauth_decisions_total{issuer="ISS",reason="expired",result="refused",status="401"}`:             "0",
		`oidcauth_decision_duration_seconds_count{cached="false",issuer="ISS",result="accepted"}`:           "1",
		`oidcauth_decision_duration_seconds_count{cached="true",issuer="ISS",result="accepted"}`:            "2",
		`oidcauth_decision_duration_seconds_bucket{cached="true",issuer="ISS",result="accepted",le="+Inf"}`: "2",
		`oidcauth_cache_hits_total{cache="tokens"}`:                                                         "2",
		`oidcauth_cache_entries{cache="tokens"}`:                                                            "1",
	} {
		require.Equal(t, want, got[name], name)
	}
	var hinted int
	for name := range got {
		if strings.HasPrefix(name, "oidcauth_hints_total{") {
			hinted++
		}
	}
	require.Positive(t, hinted)
}

// The application can make up a reason, and put text of the request into it.
func TestRefusalOfTheApplicationIsNoFurtherRequest(t *testing.T) {
	s := start(t)
	why := reason.InsufficientScope
	s.handle = func(w http.ResponseWriter, r *http.Request) {
		s.auth.Refuse(w, r, &oidcauth.Error{Reason: why})
	}
	token := s.Token(audience, nil)
	s.get(t, token)
	why = "made up of " + reason.Reason(token)
	s.get(t, token)
	got := s.scrape(t)
	require.Equal(t, "2", got[`oidcauth_decisions_total{issuer="ISS",reason="",result="accepted",status=""}`])
	require.Equal(t, "1", got[`oidcauth_later_refusals_total{issuer="ISS",reason="insufficient_scope",status="403"}`])
	var other []string
	for name := range got {
		require.NotContains(t, name, "made up")
		if strings.Contains(name, `reason="other"`) {
			other = append(other, name)
		}
	}
	require.Len(t, other, 1)
}

func withHeader(token, header string) string {
	_, rest, _ := strings.Cut(token, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + rest
}

// forged returns tokens whose sender chose every text anew.
func (s *service) forged(i int) []string {
	text := fmt.Sprintf("forged-%d", i)
	return []string{
		text,
		s.Token(audience, oidctest.Claims{"iss": "https://" + text + ".example"}),
		s.Token(text, oidctest.Claims{"sub": text}),
		s.Forge(oidctest.Forgery{Header: map[string]any{"kid": text}, Claims: oidctest.Claims{"aud": audience}}),
		withHeader(s.Token(audience, nil), `{"alg":"`+text+`"}`),
		s.Forge(oidctest.Forgery{Header: map[string]any{"typ": text}, Claims: oidctest.Claims{"aud": audience}}),
		s.Forge(oidctest.Forgery{Algorithm: "HS256", Key: []byte(text + strings.Repeat("-", 32)), Claims: oidctest.Claims{"aud": audience}}),
		s.Token(audience, oidctest.Claims{"exp": 1, "jti": text}),
		s.Token(audience, oidctest.Claims{"token_use": text}),
		s.Token(audience, oidctest.Claims{"sub": text}),
		s.Opaque(audience, oidctest.Claims{"sub": text}),
	}
}

func TestFloodOfForgedTokensAddsNoSeries(t *testing.T) {
	s := start(t, func(s *service, c *oidcauth.Config) {
		client, err := provider.New(s.ClientConfig())
		require.NoError(t, err)
		c.Issuers[0].Introspection.Client = client
		c.Users = usermap.NewTable()
	})
	send := func(from, to int) {
		for i := from; i < to; i++ {
			for _, token := range s.forged(i) {
				require.NotEqual(t, http.StatusOK, s.get(t, token))
			}
		}
	}
	send(0, 10)
	before := names(s.scrape(t))
	send(10, 60)
	after := s.scrape(t)
	require.Equal(t, before, names(after))
	for name := range after {
		require.NotContains(t, name, "forged")
	}
}

func TestStateOfKeys(t *testing.T) {
	s := start(t)
	labels := `{audience="",issuer="ISS",source="discovered key set of ISS"}`
	require.Equal(t, "0", s.scrape(t)[`oidcauth_issuer_ready{audience="",issuer="ISS"}`])
	require.Equal(t, http.StatusOK, s.get(t, s.Token(audience, nil)))
	first := s.scrape(t)
	require.Equal(t, "1", first[`oidcauth_issuer_ready{audience="",issuer="ISS"}`])
	require.Equal(t, "1", first["oidcauth_keys"+labels])
	require.Equal(t, "0", first["oidcauth_keys_fetch_failed"+labels])
	require.NotEmpty(t, first["oidcauth_keys_fetched_timestamp_seconds"+labels])
	require.NoError(t, s.Rotate("ES256"))
	require.Equal(t, http.StatusOK, s.get(t, s.Token(audience, nil)))
	second := s.scrape(t)
	require.Equal(t, "2", second["oidcauth_keys"+labels])
	hash := func(series map[string]string) (out []string) {
		for name := range series {
			if strings.HasPrefix(name, "oidcauth_key_set_info") {
				out = append(out, name)
			}
		}
		return out
	}
	require.Len(t, hash(first), 1)
	require.Len(t, hash(second), 1)
	require.NotEqual(t, hash(first), hash(second))
	s.Fail(oidctest.JWKS, oidctest.Fault{Status: 500})
	s.get(t, s.Forge(oidctest.Forgery{Header: map[string]any{"kid": "x"}, Claims: oidctest.Claims{"aud": audience}}))
	require.Equal(t, "1", s.scrape(t)["oidcauth_keys_fetch_failed"+labels])
}

func TestApplicationsOfOneIssuerAndSourcesOfOneNameAreApart(t *testing.T) {
	s := start(t, func(s *service, c *oidcauth.Config) {
		keys := certsource.JWKS{URL: s.Issuer() + string(oidctest.JWKS)}
		c.Issuers[0].Keys = certsource.Chain(keys, keys)
		c.Issuers = append(c.Issuers, oidcauth.Issuer{URL: s.Issuer(), Audience: []string{"api://invoices"}})
	})
	got := s.scrape(t)
	for _, name := range []string{
		`oidcauth_keys{audience="api://orders",issuer="ISS",source="key set ISS/jwks"}`,
		`oidcauth_keys{audience="api://orders",issuer="ISS",source="key set ISS/jwks 2"}`,
		`oidcauth_keys{audience="api://invoices",issuer="ISS",source="discovered key set of ISS"}`,
	} {
		require.Equal(t, "0", got[name], name)
	}
}

func TestRevocationsLogoutsAndDenyList(t *testing.T) {
	s := start(t, func(_ *service, c *oidcauth.Config) {
		c.Revocation.DenyList = &denylist.Memory{Entries: 2}
		c.Issuers[0].LogoutAudience = []string{"orders-client"}
	})
	logout := func(token string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader("logout_token="+token))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.auth.BackChannelLogout().ServeHTTP(nopWriter{}, r)
	}
	for i := range 3 {
		_ = s.auth.Revoke(t.Context(), s.Token(audience, oidctest.Claims{"sub": fmt.Sprint(i)}), "")
	}
	logout(s.LogoutToken("orders-client", oidctest.Claims{"sid": "s"}))
	got := s.scrape(t)
	require.Equal(t, "2", got[`oidcauth_revocations_total{at_provider="skipped",issuer="ISS",result="succeeded"}`])
	require.Equal(t, "1", got[`oidcauth_revocations_total{at_provider="skipped",issuer="ISS",result="failed"}`])
	require.Equal(t, "2", got["oidcauth_deny_list_entries"])
	require.Equal(t, "2", got["oidcauth_deny_list_limit"])
	require.Equal(t, "0", got[`oidcauth_logouts_total{issuer="ISS"}`])
}

type nopWriter struct{}

func (nopWriter) Header() http.Header         { return http.Header{} }
func (nopWriter) Write(b []byte) (int, error) { return len(b), nil }
func (nopWriter) WriteHeader(int)             {}

func TestPausedEndpoint(t *testing.T) {
	s := start(t, func(s *service, c *oidcauth.Config) {
		client, err := provider.New(s.ClientConfig())
		require.NoError(t, err)
		c.Issuers[0].Introspection.Client = client
	})
	s.Fail(oidctest.Introspection, oidctest.Fault{Status: http.StatusTooManyRequests, Body: "{}"})
	for range 6 {
		require.Equal(t, http.StatusServiceUnavailable, s.get(t, s.Opaque(audience, nil)))
	}
	got := s.scrape(t)
	require.Equal(t, "1", got[`oidcauth_endpoint_paused{audience="",endpoint="introspection",issuer="ISS"}`])
	require.Equal(t, "1", got[`oidcauth_endpoint_refused_total{audience="",endpoint="introspection",issuer="ISS"}`])
	require.Equal(t, "6", got[`oidcauth_decisions_total{issuer="ISS",reason="introspection_unavailable",result="refused",status="503"}`])
}

func TestReplacementIsObserved(t *testing.T) {
	s := start(t)
	other := oidctest.New(t)
	next, err := oidcauth.New(other.Config(audience))
	require.NoError(t, err)
	s.metrics.Observe(next)
	got := s.scrape(t)
	require.NotContains(t, got, `oidcauth_issuer_ready{audience="",issuer="ISS"}`)
	require.Contains(t, got, `oidcauth_issuer_ready{audience="",issuer="`+other.Issuer()+`"}`)
}

func TestNamesFollowTheConventions(t *testing.T) {
	m, err := promauth.New(nil)
	require.NoError(t, err)
	auth, err := oidcauth.New(oidctest.New(t).Config(audience))
	require.NoError(t, err)
	m.Observe(auth)
	problems, err := testutil.CollectAndLint(m)
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestSecondRegistrationIsAnError(t *testing.T) {
	registry := prometheus.NewRegistry()
	_, err := promauth.New(registry)
	require.NoError(t, err)
	_, err = promauth.New(registry)
	var already prometheus.AlreadyRegisteredError
	require.True(t, errors.As(err, &already))
}

// Later versions of package decision may have more kinds of events, and words that this module does not know.
func TestUnknownEventsAndTextsDoNotPanic(t *testing.T) {
	m, err := promauth.New(nil)
	require.NoError(t, err)
	m.OnEvent(t.Context(), decision.Event{Kind: "later"})
	m.OnEvent(t.Context(), decision.Event{Kind: decision.Fetched, Issuer: "\xff", Fetch: &decision.Fetch{Endpoint: "later", Result: "later"}})
	m.OnEvent(t.Context(), decision.Event{Kind: decision.Reloaded, Reload: &decision.Reload{Fault: "no such file"}})
	require.Equal(t, 1, testutil.CollectAndCount(m, "oidcauth_fetches_total"))
	require.Equal(t, 1, testutil.CollectAndCount(m, "oidcauth_reloads_total"))
}

func TestShadowAndUsedProofsAreCounted(t *testing.T) {
	s := start(t, func(_ *service, c *oidcauth.Config) {
		c.PublicURL, c.DPoP.Replays = "https://api.example", &denylist.Memory{Entries: 7}
		other := *c
		other.Issuers = append([]oidcauth.Issuer(nil), c.Issuers...)
		other.Issuers[0].ClientIDs = []string{"app"}
		c.Shadow = &other
	})
	require.Equal(t, http.StatusOK, s.get(t, s.Token(audience, nil)))
	require.Eventually(t, func() bool { return s.auth.Status().Shadow.Judged == 1 }, 10*time.Second, time.Millisecond)
	got := s.scrape(t)
	require.Equal(t, "1", got[`oidcauth_shadow_changes_total{change="refuses",issuer="ISS",reason="unauthorized_party"}`])
	require.Equal(t, "1", got["oidcauth_shadow_judged_total"])
	require.Equal(t, "0", got["oidcauth_shadow_skipped_total"])
	require.Equal(t, "0", got["oidcauth_replay_list_entries"])
	require.Equal(t, "7", got["oidcauth_replay_list_limit"])
}

func TestCallsToTheProviderAndTheUserStoreAreCounted(t *testing.T) {
	s := start(t, func(_ *service, c *oidcauth.Config) {
		c.Users = usermap.NewTable(usermap.Entry{Value: "alice", User: usermap.User{ID: "7", Enabled: true}})
	})
	s.Fail(oidctest.JWKS, oidctest.Fault{Status: 500})
	token := s.Token(audience, oidctest.Claims{"sub": "alice"})
	require.Equal(t, http.StatusServiceUnavailable, s.get(t, token))
	s.Fail(oidctest.JWKS, oidctest.Fault{})
	require.Equal(t, http.StatusOK, s.get(t, token))
	got := s.scrape(t)
	for name, want := range map[string]string{
		`oidcauth_fetches_total{endpoint="discovery",issuer="ISS",result="succeeded"}`: "2", // a key set that fails may have moved
		`oidcauth_fetches_total{endpoint="keys",issuer="ISS",result="unavailable"}`:    "1",
		`oidcauth_fetches_total{endpoint="keys",issuer="ISS",result="succeeded"}`:      "1",
		`oidcauth_fetches_total{endpoint="users",issuer="ISS",result="succeeded"}`:     "1",
		`oidcauth_fetch_duration_seconds_count{endpoint="users",issuer="ISS"}`:         "1",
	} {
		require.Equal(t, want, got[name], name)
	}
}

func TestLoginsAreCounted(t *testing.T) {
	m, err := promauth.New(nil)
	require.NoError(t, err)
	for _, e := range []decision.Event{
		{Kind: decision.SignedIn, Issuer: "i"},
		{Kind: decision.Refreshed, Issuer: "i"},
		{Kind: decision.SignedOut, Issuer: "i", SignOut: &decision.SignOut{}},
		{Kind: decision.SignedOut, Issuer: "i", SignOut: &decision.SignOut{Reason: reason.RefreshRefused}},
		{Kind: decision.SignedOut, Issuer: "i", SignOut: &decision.SignOut{Reason: "later"}},
	} {
		m.OnEvent(t.Context(), e)
	}
	r := prometheus.NewRegistry()
	require.NoError(t, r.Register(m))
	families, err := r.Gather()
	require.NoError(t, err)
	got := map[string]int{}
	for _, f := range families {
		got[f.GetName()] = len(f.GetMetric())
	}
	require.Equal(t, 1, got["oidcauth_sign_ins_total"])
	require.Equal(t, 1, got["oidcauth_refreshes_total"])
	require.Equal(t, 3, got["oidcauth_sign_outs_total"])
}

package otelauth_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/otelauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// request sends a token, and waits until its span has ended.
func (s *service) request(token string) int {
	s.t.Helper()
	before := len(s.server())
	status := s.get(s.t.Context(), token)
	require.Eventually(s.t, func() bool { return len(s.server()) > before }, patience, poll)
	return status
}

func TestSpanOfARequestHasItsDecision(t *testing.T) {
	s := newService(t)
	s.start(nil)
	token := s.Token(audience, oidctest.Claims{"sub": "alice"})
	for _, cached := range []string{"false", "true"} {
		require.Equal(t, http.StatusOK, s.request(token))
		got := s.attributes()
		require.Equal(t, "accepted", got["oidcauth.result"])
		require.Equal(t, s.Issuer(), got["oidcauth.issuer"])
		require.Equal(t, cached, got["oidcauth.cached"])
		require.NotEmpty(t, got["oidcauth.decision.id"])
		require.NotContains(t, got, "oidcauth.reason")
		require.NotContains(t, got, "user.id", "only by choice")
		require.Contains(t, s.events(), "oidcauth.accepted")
	}
	require.Equal(t, http.StatusUnauthorized, s.request(s.Token("other", oidctest.Claims{"sub": "alice"})))
	got := s.attributes()
	require.Equal(t, "refused", got["oidcauth.result"])
	require.Equal(t, "wrong_audience", got["oidcauth.reason"])
	require.Contains(t, got["oidcauth.hints"], "wrong_audience")
	require.Equal(t, "wrong_audience", s.events()["oidcauth.refused"]["oidcauth.reason"])
	require.NotEmpty(t, s.events()["oidcauth.hint"]["oidcauth.hint.cause"])
	require.NotEmpty(t, s.events()["oidcauth.hint"]["oidcauth.hint.fix"])
}

func TestSpanOfARefusalAfterAcceptance(t *testing.T) {
	s := newService(t)
	s.handle = func(s *service, r *http.Request) error {
		s.auth.Refuse(discard{}, r, &oidcauth.Error{Reason: reason.InsufficientScope})
		return nil
	}
	s.start(nil)
	s.request(s.Token(audience, nil))
	require.Equal(t, "refused", s.attributes()["oidcauth.result"])
	require.Equal(t, "true", s.attributes()["oidcauth.later"])
	require.Contains(t, s.events(), "oidcauth.accepted")
	require.Equal(t, s.events()["oidcauth.accepted"]["oidcauth.decision.id"], s.events()["oidcauth.refused"]["oidcauth.decision.id"])
}

type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func TestUserOfASpan(t *testing.T) {
	for name, c := range map[string]struct {
		users usermap.Finder
		user  string
	}{
		"subject": {nil, "alice"},
		"user":    {usermap.NewTable(usermap.Entry{Value: "alice", User: usermap.User{ID: "7", Enabled: true}}), "7"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.handle = func(_ *service, r *http.Request) error {
				otelauth.User(http.NotFoundHandler()).ServeHTTP(discard{}, r)
				return nil
			}
			s.start(func(config *oidcauth.Config) { config.Users = c.users })
			s.request(s.Token(audience, oidctest.Claims{"sub": "alice"}))
			require.Equal(t, c.user, s.attributes()["user.id"])
		})
	}
	otelauth.SetUser(t.Context()) // There is neither an Identity nor a span.
}

func TestCallsRevocationsAndLogoutsAreEvents(t *testing.T) {
	s := newService(t)
	s.handle = func(s *service, r *http.Request) error {
		token, logout := s.Token(audience, nil), s.LogoutToken("orders-client", oidctest.Claims{"sid": "s"})
		post, err := http.NewRequestWithContext(r.Context(), http.MethodPost, s.url, strings.NewReader("logout_token="+logout))
		if err != nil {
			return err
		}
		post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.auth.BackChannelLogout().ServeHTTP(discard{}, post)
		return s.auth.Revoke(r.Context(), token, "")
	}
	s.start(func(c *oidcauth.Config) { c.Issuers[0].LogoutAudience = []string{"orders-client"} })
	require.Equal(t, http.StatusOK, s.request(s.Token(audience, oidctest.Claims{"sub": "alice"})))
	events := s.events()
	require.Equal(t, "succeeded", events["oidcauth.revoked"]["oidcauth.result"])
	require.Equal(t, s.Issuer(), events["oidcauth.logged_out"]["oidcauth.issuer"])
	require.Equal(t, "keys", events["oidcauth.fetched"]["oidcauth.endpoint"])
	got := s.collect()
	for _, name := range []string{
		`oidcauth.revocations{oidcauth.at_provider=skipped,oidcauth.issuer=ISS,oidcauth.result=succeeded}`,
		`oidcauth.logouts{oidcauth.issuer=ISS}`,
		`oidcauth.fetch.duration{oidcauth.endpoint=keys,oidcauth.issuer=ISS,oidcauth.result=succeeded}`,
	} {
		require.EqualValues(t, 1, got[name], "%s of %v", name, got)
	}
}

func TestDecisionsAreCounted(t *testing.T) {
	s := newService(t)
	s.start(nil)
	token := s.Token(audience, nil)
	for range 3 {
		s.request(token)
	}
	s.request(s.Token("other", nil))
	got := s.collect()
	for name, want := range map[string]float64{
		`oidcauth.decisions{oidcauth.issuer=ISS,oidcauth.result=accepted}`:                                                             3,
		`oidcauth.decisions{http.response.status_code=401,oidcauth.issuer=ISS,oidcauth.reason=wrong_audience,oidcauth.result=refused}`: 1,
		`oidcauth.decision.duration{oidcauth.cached=true,oidcauth.issuer=ISS,oidcauth.result=accepted}`:                                2,
		`oidcauth.decision.duration{oidcauth.cached=false,oidcauth.issuer=ISS,oidcauth.result=accepted}`:                               1,
		`oidcauth.hints{oidcauth.hint=wrong_audience}`:                                                                                 1,
	} {
		require.Equal(t, want, got[name], "%s of %v", name, got)
	}
}

func TestFloodOfForgedTokensAddsNoSeriesAndNoText(t *testing.T) {
	s := newService(t)
	s.handle = func(s *service, r *http.Request) error {
		s.auth.Refuse(discard{}, r, &oidcauth.Error{Reason: "forged " + reason.Reason(r.Header.Get("Authorization"))})
		return nil
	}
	s.start(func(c *oidcauth.Config) { c.Issuers[0].Introspection.Client = s.client() })
	registration, err := s.told.Observe(s.auth)
	require.NoError(t, err)
	send := func(from, to int) {
		for i := from; i < to; i++ {
			text := fmt.Sprintf("forged-%d", i)
			_, rest, _ := strings.Cut(s.Token(audience, nil), ".")
			for _, token := range []string{
				text,
				base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"`+text+`"}`)) + "." + rest,
				s.Token(audience, oidctest.Claims{"iss": "https://" + text + ".example"}),
				s.Token(text, nil),
				s.Forge(oidctest.Forgery{Header: map[string]any{"kid": text}, Claims: oidctest.Claims{"aud": audience}}),
				s.Token(audience, oidctest.Claims{"token_use": text}),
				s.Token(audience, oidctest.Claims{"sub": text}),
				s.Opaque(audience, oidctest.Claims{"sub": text}),
			} {
				s.get(t.Context(), token)
			}
		}
	}
	send(0, 10)
	before := s.collect()
	send(10, 40)
	require.Equal(t, slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(s.collect())))
	for name := range before {
		require.NotContains(t, name, "forged")
	}
	for _, span := range s.server() {
		for name, value := range own(span) {
			require.NotContains(t, value, "forged", name)
		}
	}
	require.NoError(t, registration.Unregister())
}

// own returns the attributes of this module, of the span and its events.
func own(span tracetest.SpanStub) map[string]string {
	out := texts(span.Attributes)
	for _, e := range span.Events {
		maps.Copy(out, texts(e.Attributes))
	}
	maps.DeleteFunc(out, func(name, _ string) bool { return !strings.HasPrefix(name, "oidcauth.") })
	return out
}

func TestStateIsObservedUntilItIsUnregistered(t *testing.T) {
	s := newService(t)
	s.start(func(c *oidcauth.Config) {
		keys := certsource.JWKS{URL: s.Issuer() + string(oidctest.JWKS)}
		c.Issuers[0].Keys, c.Issuers[0].Introspection.Client = certsource.Chain(keys, keys), s.client()
		c.Issuers = append(c.Issuers, oidcauth.Issuer{URL: s.Issuer(), Audience: []string{"api://invoices"}})
	})
	registration, err := s.told.Observe(s.auth)
	require.NoError(t, err)
	s.request(s.Token(audience, nil))
	got := s.collect()
	for name, want := range map[string]float64{
		`oidcauth.issuer.ready{oidcauth.audience=api://orders,oidcauth.issuer=ISS}`:                                    1,
		`oidcauth.issuer.ready{oidcauth.audience=api://invoices,oidcauth.issuer=ISS}`:                                  0,
		`oidcauth.keys{oidcauth.audience=api://orders,oidcauth.issuer=ISS,oidcauth.source=key set ISS/jwks}`:           1,
		`oidcauth.keys{oidcauth.audience=api://orders,oidcauth.issuer=ISS,oidcauth.source=key set ISS/jwks 2}`:         0,
		`oidcauth.endpoint.paused{oidcauth.audience=api://orders,oidcauth.endpoint=introspection,oidcauth.issuer=ISS}`: 0,
		`oidcauth.cache.entries{oidcauth.cache=tokens}`:                                                                1,
		`oidcauth.deny_list.limit{}`: 100_000,
	} {
		value, found := got[name]
		require.True(t, found, "%s of %v", name, got)
		require.Equal(t, want, value, name)
	}
	age, found := got[`oidcauth.keys.age{oidcauth.audience=api://orders,oidcauth.issuer=ISS,oidcauth.source=key set ISS/jwks}`]
	require.True(t, found)
	require.GreaterOrEqual(t, age, 0.0)
	require.NoError(t, registration.Unregister())
	for name := range s.collect() {
		require.NotContains(t, name, "oidcauth.keys")
	}
}

// The gauge has no value before the first reload.
func TestFaultOfTheLastReloadIsObserved(t *testing.T) {
	const name = "oidcauth.reload.failed{}"
	s := newService(t)
	s.start(nil)
	registration, err := s.told.Observe(s.auth)
	require.NoError(t, err)
	t.Cleanup(func() { _ = registration.Unregister() })
	require.NotContains(t, s.collect(), name)
	for fault, want := range map[string]float64{"no such file": 1, "": 0} {
		s.auth.Reloaded(t.Context(), decision.Reload{Fault: fault})
		got := s.collect()
		require.Contains(t, got, name)
		require.Equal(t, want, got[name])
	}
}

func TestUnknownEventsDoNotPanic(t *testing.T) {
	s := newService(t)
	s.told.OnEvent(t.Context(), decision.Event{Kind: "later"})
	s.told.OnEvent(t.Context(), decision.Event{Kind: decision.Fetched, Fetch: &decision.Fetch{Endpoint: "later", Result: "later"}})
	s.told.OnEvent(t.Context(), decision.Event{Kind: decision.Reloaded, Reload: &decision.Reload{Fault: "no such file"}})
	s.told.OnEvent(t.Context(), decision.Event{Kind: decision.Shadowed, Shadow: &decision.Shadow{Change: decision.ShadowAccepts, LiveReason: "expired"}})
	s.told.OnEvent(t.Context(), decision.Event{Kind: decision.SignedIn})
	s.told.OnEvent(t.Context(), decision.Event{Kind: decision.Refreshed})
	s.told.OnEvent(t.Context(), decision.Event{Kind: decision.SignedOut, SignOut: &decision.SignOut{}})
	s.told.OnEvent(t.Context(), decision.Event{Kind: decision.SignedOut, SignOut: &decision.SignOut{Reason: "later"}})
	got := s.collect()
	require.EqualValues(t, 1, got[`oidcauth.sign_ins{oidcauth.issuer=}`])
	require.EqualValues(t, 1, got[`oidcauth.refreshes{oidcauth.issuer=}`])
	require.EqualValues(t, 1, got[`oidcauth.sign_outs{oidcauth.issuer=}`])
	require.EqualValues(t, 1, got[`oidcauth.sign_outs{oidcauth.issuer=,oidcauth.reason=other}`])
	require.EqualValues(t, 1, got[`oidcauth.shadow.changes{oidcauth.issuer=,oidcauth.reason=expired,oidcauth.shadow.change=accepts}`])
	require.EqualValues(t, 1, got[`oidcauth.fetch.duration{oidcauth.endpoint=other,oidcauth.issuer=,oidcauth.result=other}`])
	require.EqualValues(t, 1, got[`oidcauth.reloads{oidcauth.result=failed}`])
}

func TestGlobalProviderIsTheDefault(t *testing.T) {
	s, before := &service{Provider: oidctest.New(t), t: t, meter: sdkmetric.NewManualReader()}, otel.GetMeterProvider()
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(s.meter)))
	t.Cleanup(func() { otel.SetMeterProvider(before) })
	otelauth.New(otelauth.Options{}).OnEvent(t.Context(), decision.Event{Kind: decision.LoggedOut})
	require.EqualValues(t, 1, s.collect()[`oidcauth.logouts{oidcauth.issuer=}`])
}

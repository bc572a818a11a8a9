package oidcauth_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// scene describes a token and the service that checks it. The zero scene is accepted.
type scene struct {
	issuer  oidcauth.Issuer // URL, Audience and Keys have defaults
	header  map[string]any
	claims  oidctest.Claims // added to iss, aud and sub
	alg     string          // with key: instead of the provider's
	key     any
	sent    func(token string) []string // the Authorization headers
	users   usermap.Finder
	from    oidcauth.Credentials
	headers [][2]string   // instead of Authorization; TOKEN stands for the token
	method  string        // instead of GET
	target  string        // instead of /orders
	scopes  []string      // that the route requires
	roles   []string      // that the route requires
	acr     []string      // that the route requires
	maxAge  time.Duration // that the route requires; may be negative
	prepare func(*oidctest.Provider)
	mend    func(*oidcauth.Config) // changes the configuration last

	keysLast time.Duration // 0: the default

	publicURL string
	by        *prover // sends the token with the scheme DPoP and a proof of this key
	proof     obj     // changes to the claims of the proof
	proofs    int     // the number of DPoP headers is one more
	peer      *x509.Certificate
}

// hinted is a scene that shows a cause, and a change after which the cause is absent.
type hinted struct {
	name  string
	code  string // the code of the first hint
	scene scene
	near  func(*scene)
}

// beside reports whether the hint only accompanies other hints, so that it is never the first one.
func (h hinted) beside() bool {
	return slices.ContainsFunc(hints.Rules(), func(r hints.Rule) bool { return r.Code == h.code && r.Reasons == nil })
}

func (s scene) config(p *oidctest.Provider) oidcauth.Config {
	iss := s.issuer
	if iss.URL == "" {
		iss.URL = corpIssuer
	}
	if iss.Audience == nil {
		iss.Audience = []string{audience}
	}
	if iss.Keys == nil {
		iss.Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS), Refresh: certsource.Refresh{Wait: -1, MaxStale: s.keysLast}}
	}
	if iss.DiscoveryURL == discoveryOfProvider {
		iss.DiscoveryURL = p.Issuer() + string(oidctest.Discovery)
	}
	c := oidcauth.Config{
		Issuers: []oidcauth.Issuer{iss}, Users: s.users, Credentials: s.from, PublicURL: s.publicURL, Now: slowly(p.Now()), Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if s.mend != nil {
		c.HTTPClient = &http.Client{Transport: onlyLoopback{}} // a mend may discover keys
		s.mend(&c)
	}
	return c
}

// configures is the option for the scene's service.
func (s scene) configures(p *oidctest.Provider, c *oidcauth.Config) { *c = s.config(p) }

// withDecision stores the last decision.
func withDecision(last **decision.Decision) option {
	return withConfig(func(c *oidcauth.Config) {
		c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { *last = d })
	})
}

// slowly returns a clock that advances but stays within one second. The test compares the details of two runs, which contain
// seconds.
func slowly(now time.Time) func() time.Time {
	var calls atomic.Int64
	return func() time.Time {
		return now.Truncate(time.Second).Add(time.Duration(calls.Add(1)) * time.Microsecond)
	}
}

const (
	corpIssuer          = "https://id.corp.example"
	discoveryOfProvider = "that of the test's provider"
)

func (s scene) token(p *oidctest.Provider) string {
	base := oidctest.Claims{"iss": corpIssuer, "aud": audience, "sub": "alice"}
	return p.Forge(oidctest.Forgery{Header: s.header, Claims: merged(base, s.claims), Algorithm: s.alg, Key: s.key})
}

// decide passes the scene to Handler and Explain, and requires equal verdicts.
func (s scene) decide(t *testing.T, p *oidctest.Provider) *decision.Decision {
	t.Helper()
	token := s.token(p)
	headers := []string{"Bearer " + token}
	if s.headers != nil {
		headers = nil
	}
	if s.sent != nil {
		headers = s.sent(token)
	}
	if s.prepare != nil {
		s.prepare(p)
	}
	var told *decision.Decision
	auth := serviceOf(t, p, s.configures, withDecision(&told)).auth
	behind := auth.RequireScopes(s.scopes...)(http.NotFoundHandler())
	if s.roles != nil {
		behind = auth.RequireRoles(s.roles...)(behind)
	}
	if s.acr != nil || s.maxAge != 0 {
		behind = auth.RequireAuthentication(s.maxAge, s.acr...)(behind)
	}
	handler := auth.Handler(behind)
	r := withHeaders(headers...)
	if s.method != "" {
		r.Method = s.method
	}
	if s.target != "" {
		r.URL = must(url.Parse(s.target))
	}
	sendingHeaders(s.headers...)(r, token)
	if s.peer != nil {
		shows(s.peer)(r)
		headers = nil
	}
	if s.by != nil {
		r.Header.Set("Authorization", "DPoP "+token)
		for range s.proofs + 1 {
			r.Header.Add("DPoP", s.by.proof(p.Now(), token, nil, s.proof))
		}
		headers = nil
	}
	res := serve(handler, r)
	require.NotNil(t, told)
	if told.Accepted {
		require.Equal(t, http.StatusNotFound, res.StatusCode)
	} else {
		require.Equal(t, told.Status, res.StatusCode)
		require.Equal(t, told.Reason, told.Faults()[0].Reason)
	}
	if bearer, only := strings.CutPrefix(headers0(headers), "Bearer "); only && told.Reason != reason.InsufficientScope && told.Reason != reason.RoleMissing && told.Reason != reason.InsufficientUserAuthentication {
		explained := auth.Explain(context.Background(), bearer)
		require.Equal(t, told.Reason, explained.Reason)
		require.Equal(t, told.Faults(), explained.Faults()[:len(told.Faults())], "Explain finds at least what Check does")
		return explained
	}
	return told
}

// headers0 returns the only header, or "" if there is none or more than one.
func headers0(headers []string) string {
	if len(headers) != 1 {
		return ""
	}
	return headers[0]
}

func hintedCases() []hinted {
	return slices.Concat(requestHints(), tokenHints(), issuerHints(), audienceHints(), keyHints(), claimHints(), roleHints(), userHints(), authenticationHints(), proofHints(), exchangeHints(), timeHints(), productHints())
}

func TestHintsNameTheCause(t *testing.T) {
	p := oidctest.New(t)
	for _, c := range hintedCases() {
		t.Run(c.name, func(t *testing.T) {
			codes := c.scene.decide(t, p).HintCodes()
			require.NotEmpty(t, codes)
			if c.beside() {
				require.Contains(t, codes, c.code)
			} else {
				require.Equal(t, c.code, codes[0], "all: %q", codes)
			}
			c.near(&c.scene)
			require.NotContains(t, c.scene.decide(t, p).HintCodes(), c.code)
		})
	}
}

func TestEveryHintHasACase(t *testing.T) {
	var tested []string
	for _, c := range hintedCases() {
		tested = append(tested, c.code)
	}
	for _, c := range revocationHints() {
		tested = append(tested, c.code)
	}
	for _, mistakes := range blunders() {
		for _, m := range mistakes {
			if m.near != nil {
				tested = append(tested, m.code)
			}
		}
	}
	for _, r := range hints.Rules() {
		if r.General || r.Logout || r.Login {
			continue // the verdict table has a case for each general hint, and the tests of logout tokens and of logins have theirs
		}
		require.Contains(t, tested, r.Code)
	}
}

// A valid request gets no hint, whatever product issued its token. The rows of the verdict table have the same test.
func TestAcceptedTokensGetNoHint(t *testing.T) {
	p := oidctest.New(t)
	valid := proxyShapes()
	for _, s := range append(realShapes(), openIAMShape()) {
		valid[s.name], valid[s.name+", with its user"] = scene{issuer: s.issuer, header: s.header, claims: s.claims}, like(s)
	}
	for _, h := range hintedCases() { // the near misses that are accepted
		s := h.scene
		h.near(&s)
		if d := s.decide(t, p); d.Accepted {
			require.Empty(t, d.Hints, h.name)
		}
	}
	for name, s := range valid {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			d := s.decide(t, p)
			require.True(t, d.Accepted, d)
			require.Empty(t, d.Hints)
			withLog := func(c *oidcauth.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) }
			logging := serviceOf(t, p, s.configures, withConfig(withLog)).auth
			r := withHeaders("Bearer " + s.token(p))
			if s.headers != nil {
				r = withHeaders()
				sendingHeaders(s.headers...)(r, s.token(p))
			}
			require.Equal(t, http.StatusNotFound, serve(logging.Handler(http.NotFoundHandler()), r).StatusCode)
			require.NotContains(t, log.String(), "hint")
		})
	}
}

// onlyLoopback refuses requests to other machines.
type onlyLoopback struct{}

func (onlyLoopback) RoundTrip(r *http.Request) (*http.Response, error) {
	if ip := net.ParseIP(r.URL.Hostname()); ip == nil || !ip.IsLoopback() {
		return nil, errors.New("a test asks no other machine")
	}
	return http.DefaultTransport.RoundTrip(r)
}

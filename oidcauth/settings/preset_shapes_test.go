package settings_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// product is a token as a product writes it, and the provider that a preset makes.
type product struct {
	preset   string
	provider string          // the members of the provider besides preset
	header   map[string]any  // as in oidctest.Forgery
	claims   oidctest.Claims // iss and everything else
	asks     string          // the URL that is fetched first
	answer   map[string]any  // of introspection and UserInfo
	alg      string          // of the provider's key, instead of RS256
	sends    string          // the header with the token, instead of Authorization
	padded   bool            // the parts of the token have padding
	name     string          // what Identity.Name must be, if it is set
	roles    []string        // what Identity.Roles must contain

	mistakes []slip
}

// slip is a typical mistake with a product.
type slip struct {
	name     string
	header   map[string]any  // changes to the header
	claims   oidctest.Claims // changes to the claims
	text     string          // instead of the token
	alg      string          // signs with a shared secret
	sends    string          // the header with the token
	unpadded bool
	want     reason.Reason
	hint     string // the code of the first hint
}

func products() []product {
	return slices.Concat(loginProducts(), hostedProducts(), selfHostedProducts(), workloads(), proxies())
}

// A token in the form of the product is accepted, and each mistake is refused with the hint of the product first.
func TestPresetsAcceptTheirProduct(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range products() {
		tested[c.preset] = true
		t.Run(c.preset, func(t *testing.T) {
			w := newWorld(t, c)
			d, id := w.decide(t, slip{})
			require.True(t, d.Accepted, d)
			require.Equal(t, c.asks, w.first())
			if c.name != "" {
				require.Equal(t, c.name, id.Name())
			}
			for _, role := range c.roles {
				require.Contains(t, id.Roles(), role)
			}
			require.GreaterOrEqual(t, len(c.mistakes), 2)
			for _, m := range c.mistakes {
				d, _ := w.decide(t, m)
				require.Equal(t, m.want, d.Reason, "%s: %v", m.name, d)
				require.NotEmpty(t, d.Hints, m.name)
				require.Equal(t, m.hint, d.Hints[0].Code, "%s: %v", m.name, d.HintCodes())
			}
		})
	}
	for _, name := range settings.Presets() {
		require.True(t, tested[name], name)
	}
}

// world is the network of a product: its discovery document, its keys, and its answers.
type world struct {
	product
	p    *oidctest.Provider
	auth *oidcauth.Authenticator
	last *decision.Decision

	mu   sync.Mutex
	urls []string
}

func newWorld(t *testing.T, c product) *world {
	t.Helper()
	w := &world{product: c, p: oidctest.New(t)}
	if c.alg != "" {
		require.NoError(t, w.p.Rotate(c.alg))
	}
	doc, err := settings.Parse(fmt.Appendf(nil, `{"providers": {"p": {"preset": %q, %s}}}`, c.preset, c.provider))
	require.NoError(t, err)
	made, err := doc.Configuration(options)
	require.NoError(t, err)
	config := made.Config
	config.Now, config.Logger = w.p.Now, silent
	config.HTTPClient = &http.Client{Transport: w}
	config.OnEvent = func(_ context.Context, e decision.Event) {
		if e.Decision != nil {
			w.last = e.Decision
		}
	}
	again, err := settings.Parse(doc.Effective())
	require.NoError(t, err)
	require.Equal(t, withoutOrigins(string(doc.Effective())), withoutOrigins(string(again.Effective())))
	w.auth, err = oidcauth.New(config)
	require.NoError(t, err)
	return w
}

// withoutOrigins removes the comments of an effective document.
func withoutOrigins(document string) string {
	return regexp.MustCompile(`"//[^"]*": "[^"]*",?`).ReplaceAllString(document, "")
}

// RoundTrip answers as the product.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.urls = append(w.urls, r.URL.String())
	w.mu.Unlock()
	here := "https://" + r.URL.Host
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/openid-configuration"):
		iss := w.claims["iss"]
		if tid, ok := w.claims["tid"].(string); ok && strings.Contains(path, "common") {
			iss = strings.ReplaceAll(iss.(string), tid, "{tenantid}")
		}
		return w.json(r, map[string]any{"issuer": iss, "jwks_uri": here + "/k", "userinfo_endpoint": here + "/u", "introspection_endpoint": here + "/i"})
	case path == "/u", path == "/i":
		return w.json(r, w.answer)
	case strings.HasPrefix(r.URL.Host, "public-keys."):
		return w.pem(r)
	}
	res, err := http.Get(w.p.Issuer() + string(oidctest.JWKS))
	if res != nil {
		res.Request = r
	}
	return res, err
}

func (w *world) json(r *http.Request, value any) (*http.Response, error) {
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", "application/json")
	err := json.NewEncoder(rec).Encode(value)
	res := rec.Result()
	res.Request = r
	return res, err
}

func (w *world) first() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.urls == nil {
		return ""
	}
	return w.urls[0]
}

// decide sends the token with a mistake.
func (w *world) decide(t *testing.T, m slip) (*decision.Decision, *oidcauth.Identity) {
	t.Helper()
	f := oidctest.Forgery{Header: changed(w.header, m.header), Claims: changed(w.claims, m.claims)}
	if m.alg != "" {
		f.Algorithm, f.Key = m.alg, []byte("a secret that only the provider knows")
	}
	token := w.p.Forge(f)
	if w.padded && !m.unpadded {
		token = w.paddedToken(t, f.Header, f.Claims)
	}
	if m.text != "" {
		token = m.text
	}
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	switch {
	case m.sends != "":
		r.Header.Set(m.sends, token)
	case w.sends != "":
		r.Header.Set(w.sends, token)
	default:
		r.Header.Set("Authorization", "Bearer "+token)
	}
	id, _ := w.auth.Check(r) //nolint:errcheck // the decision has the refusal
	require.NotNil(t, w.last)
	return w.last, id
}

// changed returns base with changes.
func changed(base, changes map[string]any) map[string]any {
	out := map[string]any{}
	maps.Copy(out, base)
	maps.Copy(out, changes)
	return out
}

// These headers are of products that write no typ, and of products that write the typ of RFC 7519.
var (
	noType = map[string]any{"typ": nil}
	jwt    = map[string]any{"typ": "JWT"}
)

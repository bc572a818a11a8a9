package oidcauth_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

type obj = map[string]any

// holder is the sub of the good token. It is so long that the tests recognise it in logs and responses, where it must not be.
const holder = "subject-4711-of-the-good-token"

var verdictTime = time.Unix(1_800_000_000, 0)

// inSeconds is a NumericDate relative to the verdict's clock.
func inSeconds(s int64) int64 { return verdictTime.Unix() + s }

// verdict is one row of the table. It contains the differences from a good token, a good request, a good provider and the
// default configuration, and the expected reason.
type verdict struct {
	name string
	want reason.Reason // "": accepted

	header, claims       obj    // changes; nil removes
	rawHeader, rawClaims string // texts that replace header and claims
	key                  *signingKey
	edit                 func(token string) string
	send                 func(r *http.Request, token string)
	world                func(*world)
	config               func(*oidcauth.Config)
}

func runVerdicts(t *testing.T, cases []verdict) {
	t.Helper()
	test, names := t.Name(), map[string]bool{}
	for _, c := range cases {
		require.False(t, names[c.name], "two cases are named %s", c.name)
		names[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			token := c.token()
			c.export(t, test, token)
			w := c.begin(t, nil)
			require.Equal(t, c.want, w.judge(t, c.request(), token))
			if c.want == "" {
				require.Equal(t, c.want, w.judge(t, c.request(), token), "at second sight")
			}
			var told *decision.Decision
			without := func(config *oidcauth.Config) {
				config.Cache.Disabled, config.OnEvent = true, onDecision(func(_ context.Context, d *decision.Decision) { told = d })
			}
			require.Equal(t, c.want, c.begin(t, without).judge(t, c.request(), token), "without a cache")
			require.Equal(t, c.want == "", len(told.Hints) == 0, "only a refusal has hints")
			c.begin(t, nil).explain(t, c, token)
		})
	}
}

// begin returns a new world of the row.
func (c verdict) begin(t *testing.T, change func(*oidcauth.Config)) *world {
	t.Helper()
	w := newWorld(t)
	if c.world != nil {
		c.world(w)
	}
	w.start(t, func(config *oidcauth.Config) {
		if c.config != nil {
			c.config(config)
		}
		if change != nil {
			change(config)
		}
	})
	return w
}

func (c verdict) token() string {
	key := c.key
	if key == nil {
		key = es256()
	}
	header := overlaid(obj{"alg": key.alg, "kid": "k1", "typ": "at+jwt"}, c.header, c.rawHeader)
	claims := overlaid(obj{"iss": idp, "aud": audience, "sub": holder, "exp": inSeconds(300), "iat": inSeconds(0)}, c.claims, c.rawClaims)
	input := b64(header) + "." + b64(claims)
	token := input + "." + b64(string(key.sign(input)))
	if c.edit != nil {
		return c.edit(token)
	}
	return token
}

func (c verdict) request() func(*http.Request, string) {
	if c.send != nil {
		return c.send
	}
	return func(r *http.Request, token string) { r.Header.Set("Authorization", "Bearer "+token) }
}

func overlaid(base, changes obj, raw string) string {
	if raw != "" {
		return raw
	}
	maps.Copy(base, changes)
	maps.DeleteFunc(base, func(_ string, v any) bool { return v == nil })
	text, err := json.Marshal(base)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// start creates the authenticator. Response.Refuse records a refusal, and answers as the library does.
func (w *world) start(t *testing.T, change func(*oidcauth.Config)) {
	t.Helper()
	config := oidcauth.Config{
		Issuers:    []oidcauth.Issuer{{URL: idp, Audience: []string{audience}}},
		HTTPClient: &http.Client{Transport: w},
		Now:        w.clock,
		Logger:     slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Users: usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
			w.lookups.Add(1)
			return []usermap.User{person("1", q.Value == holder)}, nil
		}),
	}
	if change != nil {
		change(&config)
	}
	plain, err := oidcauth.New(config)
	require.NoError(t, err)
	config.Response.Refuse = func(rw http.ResponseWriter, r *http.Request, e *oidcauth.Error) {
		w.refused = e
		plain.Refuse(rw, r, e)
	}
	w.auth, err = oidcauth.New(config)
	require.NoError(t, err)
}

// reason returns the verdict about a row's token in an existing world.
func (w *world) reason(t *testing.T, c verdict) reason.Reason {
	t.Helper()
	return w.judge(t, c.request(), c.token())
}

// judge sends one request through Handler, checks the rules that hold for every verdict, and returns the reason.
func (w *world) judge(t *testing.T, send func(*http.Request, string), token string) reason.Reason {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/orders", nil)
	send(r, token)
	fetched, asked, looked := w.total(), w.count(idpUserInfo), w.lookups.Load()
	w.refused = nil
	w.log.reset()
	var id *oidcauth.Identity
	ran := false
	rec := httptest.NewRecorder()
	w.auth.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		id, ran = oidcauth.FromContext(r.Context())
	})).ServeHTTP(rec, r)
	require.Empty(t, w.strays(), "asked what it must not ask")
	w.requireNoLeak(t, rec, token)
	if w.refused == nil {
		require.True(t, ran)
		require.NotNil(t, id)
		require.Equal(t, http.StatusOK, rec.Code)
		return ""
	}
	require.False(t, ran, "the handler ran after a refusal")
	reason := w.refused.Reason
	requireAnswer(t, rec, reason)
	if c := classOf[reason]; c < afterKeys {
		require.Equal(t, fetched, w.total(), "fetched for a token that cannot be good")
	}
	if c := classOf[reason]; c < afterSignature {
		require.Equal(t, asked, w.count(idpUserInfo), "UserInfo asked for an unverified token")
		require.Equal(t, looked, w.lookups.Load(), "a user looked up for an unverified token")
	}
	return reason
}

// requireAnswer compares status, headers and body with those that the standards and the requirements demand for the reason.
func requireAnswer(t *testing.T, rec *httptest.ResponseRecorder, why reason.Reason) {
	t.Helper()
	status, known := statusOf[why]
	require.True(t, known, "a reason without a status: %s", why)
	require.Equal(t, status, rec.Code, why)
	challenges := rec.Header().Values("WWW-Authenticate")
	if status == http.StatusServiceUnavailable {
		require.Empty(t, challenges)
		require.NotEmpty(t, rec.Header().Get("Retry-After"))
	} else {
		require.True(t, strings.HasPrefix(challenges[0], `Bearer realm="api"`))
		if len(challenges) > 1 {
			require.Len(t, challenges, 2)
			require.True(t, strings.HasPrefix(challenges[1], `DPoP realm="api"`))
			require.Contains(t, challenges[1], ` algs="ES256 `)
		}
		all := strings.Join(challenges, "\n")
		require.Equal(t, errorParameters(status, why), regexp.MustCompile(`error="[a-z_]*"`).FindAllString(all, -1))
	}
	require.Equal(t, "no-store", rec.Header().Get("Cache-Control"))
	var body map[string]any
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &body))
	require.Equal(t, rec.Header().Get("Decision-Id"), body["decision_id"])
	require.NotEmpty(t, body["decision_id"])
	for member := range body {
		require.Contains(t, []string{"title", "status", "detail", "error", "decision_id"}, member)
	}
}

// errorParameters returns the error parameters of the challenges.
func errorParameters(status int, why reason.Reason) []string {
	switch {
	case strings.HasPrefix(string(why), "proof_nonce"):
		return []string{`error="use_dpop_nonce"`}
	case strings.HasPrefix(string(why), "proof_"):
		return []string{`error="invalid_dpop_proof"`}
	case status == http.StatusBadRequest:
		return []string{`error="invalid_request"`}
	case why == reason.InsufficientScope:
		return []string{`error="insufficient_scope"`}
	case why == reason.InsufficientUserAuthentication:
		return []string{`error="insufficient_user_authentication"`}
	case status == http.StatusUnauthorized && why != reason.NoCredentials:
		return []string{`error="invalid_token"`}
	}
	return nil
}

// requireNoLeak requires that logs and responses do not contain the token, its signature, the subject or the provider's
// addresses.
func (w *world) requireNoLeak(t *testing.T, rec *httptest.ResponseRecorder, token string) {
	t.Helper()
	var answer bytes.Buffer
	require.NoError(t, rec.Result().Write(&answer))
	log := w.log.String()
	signature := token[strings.LastIndexByte(token, '.')+1:]
	for what, secret := range map[string]string{"token": token, "signature": signature, "subject": holder} {
		if len(secret) >= 16 {
			require.NotContains(t, answer.String(), secret, "%s in the response", what)
			require.NotContains(t, log, secret, "%s in the log", what)
			if w.refused != nil {
				require.NotContains(t, w.refused.Error(), secret, "%s in the error", what)
			}
		}
	}
	require.NotContains(t, answer.String(), idp)
	for record := range strings.Lines(log) {
		require.Less(t, len(record), 32<<10, "a record of the log as long as the sender likes")
	}
}

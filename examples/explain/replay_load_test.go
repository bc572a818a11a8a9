package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	document "github.com/knownbearer/knownbearer/oidcauth/settings"
)

// yesterday and tomorrow are the documents of a service before and after a change of audience, checks, users and issuers.
const (
	yesterday = `{
		"log": {"accepted": 1, "recordKey": {"env": "RECORD_KEY"}},
		"publicURL": "https://orders.example.com",
		"providers": {
			"corp": {"issuer": "CORP", "audience": ["api://orders", "api://old"], "claims": {"checks": ["azp is present"], "roles": {"paths": ["roles"]}}},
			"partner": {"issuer": "PARTNER", "audience": ["api://orders"], "claims": {"checks": ["level >= 2"]}},
			"leaver": {"issuer": "LEAVER", "audience": ["api://orders"]},
			"staff": {"issuer": "STAFF", "audience": ["api://orders"], "users": {"list": [USER, {"value": "bob", "user": {"id": "8", "enabled": true}}]}},
			"mesh": {"issuer": "spiffe://corp.example", "jwtSVID": true, "audience": ["api://orders", "api://old"], "keys": [{"jwks": {"url": "BUNDLE", "jwtSVID": true}}]},
			"gate": {"issuer": "GATE", "audience": ["api://orders"], "headerChecks": ["gate == 'north'", "typ == 'at+jwt'"]}
		}
	}`
	tomorrow = `{
		"publicURL": "https://orders.example.com",
		"providers": {
			"corp": {"issuer": "CORP", "audience": ["api://orders", "api://new"], "claims": {"checks": ["azp == 'shop'"], "roles": {"paths": ["roles"]}}},
			"partner": {"issuer": "PARTNER", "audience": ["api://orders"], "claims": {"checks": ["level >= 3"]}},
			"archive": {"issuer": "CORP", "audience": ["api://archive"], "users": {"list": [USER]}},
			"joiner": {"issuer": "JOINER", "audience": ["api://orders"]},
			"staff": {"issuer": "STAFF", "audience": ["api://orders"], "users": {"list": [USER]}},
			"mesh": {"issuer": "spiffe://corp.example", "jwtSVID": true, "audience": ["api://orders"], "keys": [{"jwks": {"url": "BUNDLE", "jwtSVID": true}}]},
			"other mesh": {"issuer": "spiffe://partner.example", "jwtSVID": true, "audience": ["api://orders"], "keys": [{"jwks": {"url": "BUNDLE", "jwtSVID": true}}]},
			"gate": {"issuer": "GATE", "audience": ["api://orders"], "headerChecks": ["gate == 'north'", "typ == 'JWT'"]}
		}
	}`
)

// The expected effects of the change on a kind of request. The service records no token of a kind that is notRecorded.
const (
	notRecorded = ""
	same        = unchanged
	differs     = changed
)

// traffic is one kind of request.
type traffic struct {
	name, scheme, path string
	token              func(jti string) string
	want               string
}

// site is the service of yesterday with its providers.
type site struct {
	corp, partner, leaver, joiner, staff, gate *oidctest.Provider
	prover                                     *oidctest.Prover
	names                                      *strings.Replacer
	log                                        string
	auth                                       *oidcauth.Authenticator
	url                                        string
}

func newSite(t *testing.T) *site {
	t.Helper()
	t.Setenv("RECORD_KEY", strings.Repeat("k", 32))
	s := &site{log: filepath.Join(t.TempDir(), "log.json")}
	var pairs []string
	for name, p := range map[string]**oidctest.Provider{"CORP": &s.corp, "PARTNER": &s.partner, "LEAVER": &s.leaver, "JOINER": &s.joiner, "STAFF": &s.staff, "GATE": &s.gate} {
		*p = oidctest.New(t)
		pairs = append(pairs, name, (*p).Issuer())
	}
	s.prover = s.corp.NewProver("https://orders.example.com")
	bundle := httptest.NewServer(http.HandlerFunc(s.bundle))
	t.Cleanup(bundle.Close)
	s.names = strings.NewReplacer(append(pairs, "BUNDLE", bundle.URL, "USER", `{"value": "alice", "user": {"id": "7", "enabled": true}}`)...)
	file, err := os.Create(s.log)
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	s.auth = s.authenticator(t, yesterday, slog.New(slog.NewJSONHandler(file, nil)))
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	mux := http.NewServeMux()
	mux.Handle("/orders", s.auth.Handler(ok))
	mux.Handle("/admin", s.auth.Handler(s.auth.RequireRoles("admin")(ok)))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// bundle publishes the keys of corp as those of a trust domain.
func (s *site) bundle(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	s.corp.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, s.corp.Issuer()+string(oidctest.JWKS), nil))
	_, _ = io.WriteString(w, strings.ReplaceAll(answer.Body.String(), `"use":"sig"`, `"use":"jwt-svid"`))
}

func (s *site) authenticator(t *testing.T, text string, logger *slog.Logger) *oidcauth.Authenticator {
	t.Helper()
	doc, err := document.Parse([]byte(s.names.Replace(text)))
	require.NoError(t, err)
	c, err := doc.Configuration(document.Options{})
	require.NoError(t, err)
	c.Config.Logger = logger
	auth, err := oidcauth.New(c.Config)
	require.NoError(t, err)
	return auth
}

func (s *site) kinds() []traffic {
	of := func(p *oidctest.Provider, fixed oidctest.Claims, header map[string]any) func(string) string {
		return func(jti string) string {
			c := oidctest.Claims{"aud": "api://orders", "sub": "alice", "azp": "shop", "level": 3, "jti": jti}
			for name, v := range fixed {
				c[name] = v
			}
			return p.Forge(oidctest.Forgery{Header: header, Claims: c})
		}
	}
	svid := func(c oidctest.Claims) func(string) string {
		c["iss"] = nil
		return of(s.corp, c, map[string]any{"typ": "JWT"})
	}
	const mesh = "spiffe://corp.example"
	past := s.corp.Now().Unix() - 3600
	north := map[string]any{"gate": "north", "typ": "at+jwt"}
	return []traffic{
		{name: "accepted", token: of(s.corp, nil, nil), want: same},
		{name: "audience that goes", token: of(s.corp, oidctest.Claims{"aud": "api://old"}, nil), want: differs},
		{name: "audience that comes", token: of(s.corp, oidctest.Claims{"aud": "api://new"}, nil), want: differs},
		{name: "audience of another API", token: of(s.corp, oidctest.Claims{"aud": "api://x"}, nil), want: same},
		{name: "audience of an application that comes", token: of(s.corp, oidctest.Claims{"aud": "api://archive"}, nil), want: unknown},
		{name: "client that the check refuses", token: of(s.corp, oidctest.Claims{"azp": "wiki"}, nil), want: differs},
		{name: "no client", token: of(s.corp, oidctest.Claims{"azp": nil}, nil), want: same},
		{name: "expired", token: of(s.corp, oidctest.Claims{"exp": past}, nil), want: same},
		{name: "expired, of an issuer that goes", token: of(s.leaver, oidctest.Claims{"exp": past}, nil), want: differs},
		{name: "sub that is no text", token: of(s.corp, oidctest.Claims{"sub": 7}, nil), want: same},
		{name: "unknown key", token: of(s.corp, nil, map[string]any{"kid": "gone"}), want: same},
		{name: "forged", token: func(jti string) string { return of(s.corp, nil, nil)(jti) + "A" }, want: unknown},
		{name: "forged, for an audience that goes", token: func(jti string) string {
			return of(s.corp, oidctest.Claims{"aud": "api://old"}, nil)(jti) + "A"
		}, want: unknown},
		{name: "role", path: "/admin", token: of(s.corp, oidctest.Claims{"roles": []string{"admin"}}, nil), want: same},
		{name: "no role", path: "/admin", token: of(s.corp, nil, nil), want: same},
		{name: "many audiences", token: of(s.corp, oidctest.Claims{"aud": []string{"api://orders", strings.Repeat("x", 300)}}, nil), want: unknown},
		{name: "bound to a proof", scheme: "DPoP", token: func(jti string) string {
			return s.prover.Token(audience, oidctest.Claims{"sub": "alice", "azp": "shop", "jti": jti})
		}, want: unknown},
		{name: "bound, without a proof", token: func(jti string) string {
			return s.prover.Token(audience, oidctest.Claims{"sub": "alice", "azp": "shop", "jti": jti})
		}, want: unknown},
		{name: "hidden value of a check", token: of(s.partner, nil, nil), want: unknown},
		{name: "no claim of a check", token: of(s.partner, oidctest.Claims{"level": nil}, nil), want: same},
		{name: "issuer that goes", token: of(s.leaver, nil, nil), want: differs},
		{name: "issuer that comes", token: of(s.joiner, nil, nil), want: unknown},
		{name: "user that stays", token: of(s.staff, nil, nil), want: unknown},
		{name: "user that goes", token: of(s.staff, oidctest.Claims{"sub": "bob"}, nil), want: unknown},
		{name: "no user", token: of(s.staff, oidctest.Claims{"sub": "carol"}, nil), want: unknown},
		{name: "JWT-SVID", token: svid(oidctest.Claims{"sub": mesh + "/sync"}), want: same},
		{name: "JWT-SVID, audience that goes", token: svid(oidctest.Claims{"sub": mesh + "/sync", "aud": "api://old"}), want: differs},
		{name: "JWT-SVID of no workload", token: svid(oidctest.Claims{"sub": mesh + "//sync"}), want: unknown},
		{name: "JWT-SVID of a trust domain that comes", token: svid(oidctest.Claims{"sub": "spiffe://partner.example/sync"}), want: unknown},
		{name: "header", token: of(s.gate, nil, north), want: differs},
		{name: "another header", token: of(s.gate, nil, map[string]any{"gate": "south", "typ": "JWT"}), want: unknown},
		{name: "no JWT", token: func(jti string) string { return "opaque-" + jti }, want: notRecorded},
	}
}

// sendAll sends several requests of each kind at the same time, and returns the kind of each token by its jti.
func (s *site) sendAll(t *testing.T, kinds []traffic, each int) map[string]sent {
	t.Helper()
	tokens := map[string]sent{}
	var requests sync.WaitGroup
	for i, k := range kinds {
		for n := range each {
			jti := fmt.Sprintf("%d-%d", i, n)
			of := sent{k, k.token(jti)}
			tokens[jti] = of
			requests.Go(func() { s.send(t, of) })
		}
	}
	requests.Wait()
	return tokens
}

type sent struct {
	traffic
	text string
}

func (s *site) send(t *testing.T, of sent) {
	path := of.path
	if path == "" {
		path = "/orders"
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+of.text)
	if of.scheme == "DPoP" {
		s.prover.Prove(req, of.text, nil)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	_ = resp.Body.Close()
}

// Of the log of a service under load, the command tells exactly the decisions that a new document changes: a service with this
// document decides so about the same tokens. If the log does not contain enough, the command says so.
func TestReplayOfAServiceUnderLoad(t *testing.T) {
	s := newSite(t)
	kinds := s.kinds()
	tokens := s.sendAll(t, kinds, 8)
	live := s.authenticator(t, tomorrow, slog.New(slog.DiscardHandler))
	got := runWith(t, "", "-json", "-settings", writeFile(t, "tomorrow.json", s.names.Replace(tomorrow)), "-replay", s.log)
	require.Equal(t, refused, got.status, got.err)
	judged := map[string]int{}
	for line := range strings.Lines(got.out) {
		var r decision.Replay
		require.NoError(t, json.Unmarshal([]byte(line), &r))
		var jti string
		_ = json.Unmarshal(r.Record.Claims["jti"], &jti)
		of, ok := tokens[jti]
		if !ok {
			require.Equal(t, unknown, effect(&r), "a record without jti is that of no JWT: %s", line)
			continue
		}
		judged[of.name]++
		require.Equal(t, of.want, effect(&r), "%s: %s", of.name, line)
		if of.want == unknown {
			require.Contains(t, line, `"skipped"`, "%s: why it is not judged", of.name)
			continue
		}
		now := live.Explain(t.Context(), of.text)
		require.Equal(t, now.Accepted, r.Outcome == decision.Passed, of.name)
		require.Equal(t, now.Reason, r.Reason, of.name)
		require.Equal(t, of.want == differs, now.Accepted != r.Record.Accepted || now.Reason != r.Record.Reason, of.name)
	}
	for _, k := range kinds {
		if k.want != notRecorded {
			require.Equal(t, 8, judged[k.name], k.name)
		}
	}
	text := runWith(t, "", "-settings", writeFile(t, "tomorrow.json", s.names.Replace(tomorrow)), "-replay", s.log)
	require.Contains(t, text.out, ": accepted; now refused wrong_audience\n  The settings of the issuer have changed.\n  audience: wrong_audience: ")
	require.Contains(t, text.out, "; now accepted\n")
	require.Contains(t, text.out, "issuer: unknown_issuer: ")
	require.NotContains(t, text.out, "alice")
}

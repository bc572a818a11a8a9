package login_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

// scene is a service whose visitors sign in at a provider, and what its operator sees.
type scene struct {
	idp
	url   string // http://localhost:41234
	id    string // of the client
	auth  *oidcauth.Authenticator
	party *login.RelyingParty
	calls *calls
	ahead atomic.Int64 // of the service's clock, before the machine's

	mu      sync.Mutex
	events  []decision.Event
	awaited map[string]chan struct{}

	loggedOut chan struct{} // has an element for each back-channel logout
}

// setup is what a test may change of a service.
type setup struct {
	https    bool
	host     string
	client   client
	auth     oidcauth.Config
	provider provider.Config
	login    login.Config
}

// newScene starts a service. Users are found by sub: alice and carol exist, bob does not.
func newScene(t *testing.T, p idp, changes ...func(*setup)) *scene {
	t.Helper()
	s := &scene{idp: p, id: "service-" + rand.Text(), calls: &calls{}, loggedOut: make(chan struct{}, 8)}
	users := []usermap.Entry{{Value: zitadelAlice, User: usermap.User{ID: rows["alice"], Name: "alice", Enabled: true}}}
	for name, id := range rows {
		users = append(users, usermap.Entry{Value: name, User: usermap.User{ID: id, Name: name, Enabled: true}})
	}
	clock := func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
	c := setup{
		host:   "localhost",
		client: client{id: s.id, sid: true},
		auth: oidcauth.Config{
			Issuers: []oidcauth.Issuer{{URL: p.issuer(), Audience: []string{oidcprovider.RS256}, LogoutAudience: []string{s.id}}},
			Users:   usermap.NewTable(users...),
			OnEvent: s.record, Logger: slog.New(slog.DiscardHandler), Now: clock,
		},
		provider: provider.Config{
			Issuer: p.issuer(), ClientID: s.id, Auth: provider.Auth{Secret: p.secret()}, HTTPClient: &http.Client{Transport: s.calls}, Now: clock,
		},
		login: login.Config{Keys: [][]byte{[]byte(rand.Text() + rand.Text())[:32]}, Providers: []login.Provider{{}}},
	}
	for _, change := range changes {
		change(&c)
	}
	server := httptest.NewUnstartedServer(nil)
	address := server.Listener.Addr().String()
	s.url = "http://" + strings.Replace(address, "127.0.0.1", c.host, 1)
	if c.https {
		s.url = "https" + strings.TrimPrefix(s.url, "http")
	}
	c.client.callback, c.client.afterLogout = s.url+"/auth/callback", s.url+"/auth/logged-out"
	c.client.frontChannel = s.url + "/auth/frontchannel-logout"
	c.client.backChannel = "http://" + address + "/auth/backchannel-logout"
	p.register(t, c.client)

	var err error
	s.auth, err = oidcauth.New(c.auth)
	require.NoError(t, err)
	c.login.Authenticator, c.login.PublicURL = s.auth, s.url
	if c.login.Providers[0].Client == nil {
		c.login.Providers[0].Client, err = provider.New(c.provider)
		require.NoError(t, err)
	}
	s.party, err = login.New(c.login)
	require.NoError(t, err)
	server.Config.Handler, server.Config.ErrorLog = s.handler(), log.New(io.Discard, "", 0)
	if c.https {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		if t.Failed() {
			s.report(t)
		}
	})
	return s
}

// report logs what the operator saw.
func (s *scene) report(t *testing.T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Decision != nil && e.Kind != decision.Accepted {
			t.Logf("%s: %s", e.Kind, e.Decision.Verbose())
		}
	}
}

func (s *scene) record(_ context.Context, e decision.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
	if e.Kind == decision.LoggedOut {
		s.loggedOut <- struct{}{}
	}
}

// visits returns the pages of the service, without queries, that the tab requested since the last call.
func (s *scene) visits(tab *browser.Tab) (out []string) {
	for _, d := range tab.Documents() {
		method, address, _ := strings.Cut(d, " ")
		if path, found := strings.CutPrefix(address, s.url); found {
			path, _, _ = strings.Cut(path, "?")
			if method != http.MethodGet {
				path = method + " " + path
			}
			out = append(out, path)
		}
	}
	return out
}

// advance sets the clock of the service further ahead.
func (s *scene) advance(d time.Duration) { s.ahead.Add(int64(d)) }

// sees insists that the tab shows a page of the service to this user.
func (s *scene) sees(tab *browser.Tab, path, user string) {
	tab.Helper()
	tab.Await(`main[data-page="` + path + `"]`)
	require.Equal(tab, s.url+path, tab.Location())
	require.Equal(tab, user, browser.Eval[string](tab, `document.querySelector("#user").innerText`))
}

// signsIn opens a page of the service, for which the visitor signs in.
func (s *scene) signsIn(tab *browser.Tab, path, user string) {
	tab.Helper()
	tab.Go(s.url + path)
	s.signIn(tab, user)
	s.sees(tab, path, rows[user])
}

// rows are the users of the service.
var rows = map[string]string{"alice": "row-1", "carol": "row-3", "dwho": "row-7"}

// explained insists that the tab explains a refusal with this title. The decision id that the visitor sees leads the operator to the
// decision.
func (s *scene) explained(tab *browser.Tab, title string) *decision.Decision {
	tab.Helper()
	tab.Await(".note code")
	require.Equal(tab, title, browser.Eval[string](tab, `document.querySelector("h1").innerText`))
	return s.decision(tab.TB, browser.Eval[string](tab, `document.querySelector(".note code").innerText`))
}

func (s *scene) decision(tb testing.TB, id string) *decision.Decision {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range slices.Backward(s.events) { // the application may refuse what was accepted
		if id != "" && e.ID == id && e.Decision != nil {
			return e.Decision
		}
	}
	require.Fail(tb, "the operator has no such decision", "%q in %+v", id, s.events)
	return nil
}

// answer is that of a fetch in a page.
type answer struct {
	Status     int
	Redirected bool
	Text       string
	Decision   string
}

// fetch requests a path of the service with fetch() in a page, several times at once.
func (s *scene) fetch(tab *browser.Tab, path string, times int) []answer {
	tab.Helper()
	return browser.Eval[[]answer](tab, fmt.Sprintf(`Promise.all(Array.from({length: %d}, async () => {
		const r = await fetch(%q, {headers: {Accept: "application/json"}});
		return {Status: r.status, Redirected: r.redirected, Text: await r.text(), Decision: r.headers.get("Decision-Id") ?? ""};
	}))`, times, s.url+path), awaitPromise)
}

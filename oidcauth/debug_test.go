package oidcauth_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// operators is the middleware of an application that admits requests with a header.
func operators(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Operator") == "" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// debugPage is the page of an authenticator as its operator sees it.
type debugPage struct {
	tb      testing.TB
	handler http.Handler
}

func debugOf(tb testing.TB, auth *oidcauth.Authenticator) debugPage {
	return debugPage{tb, auth.DebugHandler(operators)}
}

func (p debugPage) ask(r *http.Request) (status int, text string) {
	p.tb.Helper()
	r.Header.Set("Operator", "yes")
	res := serve(p.handler, r)
	body, err := io.ReadAll(res.Body)
	require.NoError(p.tb, err)
	_, text, _ = strings.Cut(string(body), "</style>")
	return res.StatusCode, html.UnescapeString(text)
}

func (p debugPage) get(path string) (status int, text string) {
	p.tb.Helper()
	return p.ask(httptest.NewRequest(http.MethodGet, "/debug/auth/"+path, nil))
}

func (p debugPage) home() string {
	p.tb.Helper()
	status, text := p.get("")
	require.Equal(p.tb, http.StatusOK, status)
	return text
}

// explain pastes a text.
func (p debugPage) explain(text string, more ...string) (status int, page string) {
	p.tb.Helper()
	form := url.Values{"text": {text}}
	if len(more) > 0 {
		form["values"] = more
	}
	r := httptest.NewRequest(http.MethodPost, "/debug/auth/explain", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.ask(r)
}

// all returns everything that the page says about a refusal and its token.
func (p debugPage) all(id, token string) string {
	p.tb.Helper()
	_, opened := p.get("decision?id=" + id)
	_, pasted := p.explain(token)
	return p.home() + opened + pasted
}

// refuse sends a request that is refused, and returns the decision id.
func (s service) refuse(t testing.TB, token string) string {
	t.Helper()
	_, err := s.auth.Check(withHeaders("Bearer " + token))
	var refused *oidcauth.Error
	require.True(t, errors.As(err, &refused))
	return refused.DecisionID
}

func TestDebugHandlerNeedsProtection(t *testing.T) {
	s := newService(t, nil)
	for name, protect := range map[string]func(http.Handler) http.Handler{
		"no middleware":            nil,
		"nothing":                  func(http.Handler) http.Handler { return nil },
		"the page itself is given": func(h http.Handler) http.Handler { return h },
	} {
		require.Panics(t, func() { s.auth.DebugHandler(protect) }, name)
	}
}

func TestProtectionIsOnEachPage(t *testing.T) {
	s := newService(t, nil)
	id := s.refuse(t, s.Token("other", alice))
	h := s.auth.DebugHandler(operators)
	for _, r := range []*http.Request{
		httptest.NewRequest(http.MethodGet, "/", nil),
		httptest.NewRequest(http.MethodGet, "/decision?id="+id, nil),
		httptest.NewRequest(http.MethodPost, "/explain", strings.NewReader("text=x")),
		httptest.NewRequest(http.MethodGet, "/other", nil),
	} {
		res := serve(h, r)
		require.Equal(t, http.StatusForbidden, res.StatusCode)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Empty(t, body)
	}
}

func TestPageShowsARefusalByItsCause(t *testing.T) {
	s := newService(t, nil)
	p := debugOf(t, s.auth)
	require.Contains(t, p.home(), "No request was refused")
	token := s.Token("api://other", alice)
	id := s.refuse(t, token)
	d := s.auth.Explain(t.Context(), token)
	home := p.home()
	require.Contains(t, home, "<h1 id=\"lead\">"+d.Cause())
	require.Contains(t, home, d.Hints[0].Fix)
	require.Contains(t, home, "decision?id="+id)
	require.Contains(t, home, s.Issuer())

	status, opened := p.get("decision?id=" + id)
	require.Equal(t, http.StatusOK, status)
	status, pasted := p.explain(token)
	require.Equal(t, http.StatusOK, status)
	for _, page := range []string{opened, pasted} {
		require.Contains(t, page, "<h1 id=\"verdict\">"+d.Cause())
		for _, s := range d.Steps {
			require.Contains(t, page, s.Name)
		}
		require.Contains(t, page, d.Faults()[0].Detail)
		require.Contains(t, page, d.Token.KeyID)
	}
	require.Contains(t, opened, id)
}

func TestPageExplainsWhatPeoplePaste(t *testing.T) {
	s := newService(t, nil)
	p := debugOf(t, s.auth)
	good, bad := s.Token(audience, alice), s.Token("api://other", alice)
	for name, c := range map[string]struct{ text, verdict, read string }{
		"token":          {" " + good + "\r\n", "accepts the token", "token"},
		"with scheme":    {"Bearer " + good, "accepts the token", ""},
		"header":         {"Authorization: Bearer " + good, "accepts the token", "header lines"},
		"request":        {"GET /orders HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer " + bad + "\r\n\r\n", "names no audience of this API", "HTTP request"},
		"curl -v":        {"> GET /orders HTTP/2\n> authorization: Bearer " + bad + "\n>\n< HTTP/2 401\n", "names no audience of this API", "output of curl -v"},
		"token response": {`{"access_token":"` + good + `","token_type":"Bearer","refresh_token":"r-1"}`, "accepts the token", "The first one (access_token) is examined."},
		"no token in it": {"GET /orders HTTP/1.1\nHost: api.example\n\n", "no_credentials", "HTTP request"},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := p.explain(c.text)
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, text, c.verdict)
			require.Contains(t, text, c.read)
			for _, secret := range append(secretsOf(good), secretsOf(bad)...) {
				require.NotContains(t, text, secret)
			}
		})
	}
	status, text := p.explain(`{"error":"invalid_grant"}`)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, text, `role="alert"`)
}

// A decision that is not known here is no fault of the page.
func TestPageSaysThatItKeepsNoSuchDecision(t *testing.T) {
	s := newService(t, nil)
	before := s.refuse(t, s.Token("api://other", alice))
	p := debugOf(t, s.auth)
	for _, id := range []string{before, "", "%3Cb%3E"} {
		status, text := p.get("decision?id=" + id)
		require.Equal(t, http.StatusNotFound, status)
		require.Contains(t, text, `role="alert"`)
		require.NotContains(t, text, "<b>")
	}
}

// A refusal of the handler, and one that the log's limit does not explain, are counted too.
func TestPageCountsEveryRefusal(t *testing.T) {
	s := newService(t, withStoppedClock)
	p := debugOf(t, s.auth)
	handler := s.auth.Handler(s.auth.RequireScopes("orders.write")(http.NotFoundHandler()))
	good, bad := s.Token(audience, alice), s.Token("api://other", alice)
	require.Equal(t, http.StatusForbidden, serve(handler, withHeaders("Bearer "+good)).StatusCode)
	for range 150 {
		require.Equal(t, http.StatusUnauthorized, serve(handler, withHeaders("Bearer "+bad)).StatusCode)
	}
	text := p.home()
	require.Contains(t, text, "151 requests refused in the last hour, 100 of them because")
	require.Contains(t, text, "<strong>50</strong>")
	require.Contains(t, text, string(reason.InsufficientScope))
}

// personal is a service whose users have no one with the value of the token.
func personal(t *testing.T, show bool) service {
	return newService(t, withConfig(func(c *oidcauth.Config) {
		c.ShowClaimValues = show
		c.Issuers[0].Claims = oidcauth.ClaimRules{
			User: claims.Name("email"), Checks: []claims.Check{claims.Equals(claims.Name("nickname"), "bob")},
		}
		c.Users = usermap.NewTable(usermap.Entry{Value: "white@corp.example", User: usermap.User{ID: "rabbit-7", Enabled: true}})
	}))
}

func TestPageHidesPersonalValues(t *testing.T) {
	values := []string{"liddell@corp.example", "nick-of-alice"}
	for _, show := range []bool{false, true} {
		t.Run(fmt.Sprintf("ShowClaimValues %t", show), func(t *testing.T) {
			s := personal(t, show)
			p := debugOf(t, s.auth)
			token := s.Token(audience, oidctest.Claims{"sub": "alice", "email": values[0], "nickname": values[1]})
			id := s.refuse(t, token)
			text := p.all(id, token)
			for _, v := range append(values, secretsOf(token)...) {
				require.NotContains(t, text, v)
			}
			_, opened := p.get("decision?id=" + id + "&values=shown")
			_, pasted := p.explain(token, "shown")
			for _, text := range []string{opened, pasted} {
				for _, v := range values {
					require.Equal(t, show, strings.Contains(text, v), v)
				}
				for _, secret := range secretsOf(token) {
					require.NotContains(t, text, secret)
				}
			}
			_, pasted = p.explain(s.Token(audience, oidctest.Claims{"sub": "w", "email": "white@corp.example", "nickname": "bob"}))
			require.Contains(t, pasted, "This service accepts the token.")
			require.NotContains(t, pasted, "rabbit-7")
		})
	}
}

func TestTextOfATokenIsNoMarkupOfThePage(t *testing.T) {
	const text = "</style></title></textarea><script>alert(1)</script>\u202e"
	s := newService(t, nil)
	p := debugOf(t, s.auth)
	for _, f := range []oidctest.Forgery{
		{Header: map[string]any{"kid": text, "typ": text}}, {Claims: oidctest.Claims{"iss": text, "aud": text, "jti": text, text: text}},
	} {
		token := s.Forge(f)
		id := s.refuse(t, token)
		for _, r := range []*http.Request{
			httptest.NewRequest(http.MethodGet, "/decision?id="+id, nil), httptest.NewRequest(http.MethodGet, "/", nil),
			httptest.NewRequest(http.MethodPost, "/explain", strings.NewReader("text="+token)),
		} {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Operator", "yes")
			body, err := io.ReadAll(serve(p.handler, r).Body)
			require.NoError(t, err)
			require.NotContains(t, string(body), "<script")
			require.NotContains(t, string(body), "\u202e")
			require.Contains(t, string(body), "&lt;script&gt;")
		}
	}
}

// The page keeps neither a pasted token nor the token of a refused request.
func TestPageKeepsNoToken(t *testing.T) {
	s := newService(t, nil)
	p := debugOf(t, s.auth)
	pasted, refused := s.Token("api://pasted", alice), s.Token("api://refused", alice)
	p.explain(pasted)
	p.explain(s.Token(audience, alice))
	s.refuse(t, refused)
	found := everything{}
	found.look(reflect.ValueOf(s.auth))
	require.Contains(t, found.texts.String(), "api://refused", "the refusal is recorded")
	require.NotContains(t, found.texts.String(), "api://pasted")
	for _, token := range []string{pasted, refused} {
		for _, secret := range secretsOf(token) {
			require.NotContains(t, found.texts.String(), secret)
		}
	}
}

func TestLongPasteIsRefused(t *testing.T) {
	s := newService(t, nil)
	status, text := debugOf(t, s.auth).explain(strings.Repeat("x", 4<<20))
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
	require.Contains(t, text, `role="alert"`)
}

func TestPageIsConcurrent(t *testing.T) {
	s := newService(t, withSystemClock, withConfig(func(c *oidcauth.Config) {
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { return nil, nil })
	}))
	tokens := []string{s.Token("api://other", alice), s.Token(audience, alice), "opaque", s.Token(audience, oidctest.Claims{"exp": time.Now().Add(-time.Hour).Unix()})}
	p := debugOf(t, s.auth)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 10 {
				token := tokens[(i+n)%len(tokens)]
				p.all(s.refuse(t, token), token)
				debugOf(t, s.auth)
			}
		})
	}
	wg.Wait()
	require.Contains(t, p.home(), "80 requests refused")
}

// Calls are shown also if the application does not listen to events. Errors of a user store may quote the value.
func TestPageShowsCallsWithoutPersonalValues(t *testing.T) {
	for _, show := range []bool{false, true} {
		s := newService(t, withConfig(func(c *oidcauth.Config) {
			c.ShowClaimValues = show
			c.Users = usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
				return nil, errors.New("no connection for " + q.Value)
			})
		}))
		p := debugOf(t, s.auth)
		s.refuse(t, s.Token(audience, oidctest.Claims{"sub": "alice-liddell"}))
		text := p.home()
		_, calls, _ := strings.Cut(text, `id="calls"`)
		require.Contains(t, calls, "succeeded", "the keys were fetched")
		require.Contains(t, calls, strings.TrimPrefix(s.Issuer(), "http://"))
		require.Contains(t, calls, "unavailable", "the user store was not")
		require.NotContains(t, text, "alice-liddell")
	}
}

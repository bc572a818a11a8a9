package oidcauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// Errors of an HTTP directory repeat the query in URL encoding; errors of a database quote it.
func TestPersonalValueIsRedactedInEverySpelling(t *testing.T) {
	p := oidctest.New(t)
	const value = `alice "liddell"/o'neill@corp.example`
	token := p.Token(audience, oidctest.Claims{"iss": corpIssuer, "sub": value})
	for name, spell := range map[string]func(string) string{
		"query": url.QueryEscape, "path": url.PathEscape, "JSON": jsonText,
		"Go": func(s string) string { return fmt.Sprintf("%q", s) }, "SQL": func(s string) string { return strings.ReplaceAll(s, "'", "''") },
	} {
		t.Run(name, func(t *testing.T) {
			finder := usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
				return nil, errors.New("GET /Users?filter=" + spell(q.Value) + ": connection reset")
			})
			said := outputs(t, scene{users: finder}.config(p), token)
			require.Contains(t, said, "connection reset")
			require.NotContains(t, said, "liddell")
		})
	}
}

func jsonText(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// A finder always gets the subject, even if it searches by another claim.
func TestSubjectIsRedactedIfAnotherClaimFindsTheUser(t *testing.T) {
	p := oidctest.New(t)
	token := p.Token(audience, oidctest.Claims{"iss": corpIssuer, "sub": "subject-4711", "employee": "e-0815"})
	finder := usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
		return nil, fmt.Errorf("no rows for %s, %s", q.Value, q.Subject)
	})
	said := outputs(t, scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{User: claims.Name("employee")}}, users: finder}.config(p), token)
	require.Contains(t, said, "no rows for")
	require.NotContains(t, said, "subject-4711")
	require.NotContains(t, said, "e-0815")
}

// saying is an Introspector whose error repeats the token.
type saying struct{}

func (saying) Introspect(_ context.Context, token string) (claims.Set, error) {
	return claims.Set{}, errors.New("POST token=" + url.QueryEscape(token) + ": reset")
}

func TestErrorOfRevokeDoesNotContainTheToken(t *testing.T) {
	const token = "opaque/token+of~alice=="
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Introspection.Client = saying{} })
	err := s.auth.Revoke(t.Context(), token, "")
	require.ErrorContains(t, err, "reset")
	require.NotContains(t, err.Error(), "of~alice")
	_, err = s.auth.Check(withHeaders("Bearer " + token))
	require.ErrorContains(t, err, "reset")
	require.NotContains(t, err.Error(), "of~alice")
}

// A handler may forward the token, and refuse with the error of that call.
func TestErrorOfAHandlerDoesNotContainTheToken(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger))
	token := s.Token(audience, alice)
	serve(s.auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.auth.Refuse(w, r, fmt.Errorf("GET https://stock.example?access_token=%s: reset", strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
	})), withHeaders("Bearer "+token))
	require.Len(t, records(), 1)
	record := fmt.Sprint(records()[0])
	require.Contains(t, record, "reset")
	for _, secret := range secretsOf(token) {
		require.NotContains(t, record, secret)
	}
}

// A fetcher of the application may return any text of an answer as the error's name.
func TestErrorNameOfUserInfoIsRedactedAndBounded(t *testing.T) {
	p := oidctest.New(t)
	token := p.Token(audience, oidctest.Claims{"sub": "alice-liddell", "iss": corpIssuer})
	refuses := infoRefuses(claims.RefusedError{Status: 401, Code: "no such token: " + token + strings.Repeat("x", 10<<10)})
	said := outputs(t, scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: refuses, UserInfoOnly: true}}}.config(p), token)
	require.Contains(t, said, "no such token")
	require.Less(t, len(said), 64<<10)
	for _, secret := range secretsOf(token) {
		require.NotContains(t, said, secret)
	}
}

// Unicode has more invisible and direction-changing characters than the control characters of a terminal.
func TestPrintedDecisionHasNoInvisibleCharacters(t *testing.T) {
	s := newService(t, nil)
	for _, r := range []rune{
		'\u0085', '\u00AD', '\u061C', '\u180E', '\u200B', '\u200F', '\u2028', '\u2029', '\u202E', '\u2060', '\u2066', '\u206A', '\uFEFF',
		'\uFFF9', '\U000E0041', '\x7f', '\t', '\v', '\x1b',
	} {
		d := s.auth.Explain(t.Context(), s.Forge(oidctest.Forgery{Header: map[string]any{"kid": "a" + string(r) + "b"}}))
		require.Equal(t, reason.KeyNotFound, d.Reason)
		require.NotContains(t, d.String(), "a"+string(r)+"b", "%U", r)
		f := decision.Finding{Outcome: decision.Passed, Subject: "keys", Text: "a" + string(r) + "b"}
		require.NotContains(t, f.String(), string(r), "%U", r)
	}
}

// emptyList is a deny list without entries.
type emptyList struct{ brokenList }

func (emptyList) Find(context.Context, ...string) ([]denylist.Entry, error) { return nil, nil }

// The text about a token with many long names is not longer than the text about a token with a few.
func TestTextAboutHostileNamesIsBounded(t *testing.T) {
	p := oidctest.New(t)
	names := oidctest.Claims{"sub": nil, "iss": corpIssuer}
	for i := range 50 {
		names[fmt.Sprint(i)+strings.Repeat("\x7f", 190)] = 1
	}
	token := p.Token(audience, names)
	iss := oidcauth.Issuer{Claims: oidcauth.ClaimRules{Required: []claims.Path{claims.Name("a")}, Checks: []claims.Check{
		claims.Equals(claims.Name("b"), "1"), claims.Equals(claims.Name("c"), "1"), claims.Equals(claims.Name("d"), "1"),
	}}}
	explains := withConfig(func(c *oidcauth.Config) { c.Response.InsecureExplain = true })
	auth := serviceOf(t, p, scene{issuer: iss, users: usermap.NewTable()}.configures, explains).auth
	d := auth.Explain(t.Context(), token)
	require.Equal(t, reason.ClaimMissing, d.Reason)
	data, err := json.Marshal(d)
	require.NoError(t, err)
	require.Less(t, len(data), 64<<10)
	require.Less(t, len(d.String()), 64<<10)
	_, refused := auth.Check(withHeaders("Bearer " + token))
	require.Less(t, len(refused.Error()), 16<<10)
}

// The account name is a part of the email address. If it were redacted first, the rest of the address would remain.
func TestLongerSecretIsRedactedFirst(t *testing.T) {
	p := oidctest.New(t)
	token := p.Token(audience, oidctest.Claims{"iss": corpIssuer, "sub": "liddell", "email": "liddell@corp.example"})
	finder := usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
		return nil, fmt.Errorf("no mailbox of liddell@corp.example")
	})
	said := outputs(t, scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{Name: claims.Name("email")}}, users: finder}.config(p), token)
	require.Contains(t, said, "no mailbox of")
	require.NotContains(t, said, "@corp.example")
}

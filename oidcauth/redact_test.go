package oidcauth_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// During a flood, not every refusal is logged, but the error that the application gets is always redacted.
func TestRefusalThatIsNotLoggedIsRedacted(t *testing.T) {
	var told []string
	logger, records := recorder(t)
	s := newService(t, withLogger(logger), func(_ *oidctest.Provider, c *oidcauth.Config) {
		now := time.Now()
		c.Now = func() time.Time { return now }
		c.Users = usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
			return nil, errors.New("no rows for " + q.Value)
		})
		c.Response.Refuse = func(w http.ResponseWriter, _ *http.Request, e *oidcauth.Error) {
			told = append(told, fmt.Sprintf("%v %+v %v", e, e, e.Decision()))
			w.WriteHeader(e.Status())
		}
	})
	r := withHeaders("Bearer " + s.Token(audience, oidctest.Claims{"sub": "alice-liddell"}))
	for range 150 {
		s.answer(r)
		_, err := s.auth.Check(r)
		told = append(told, err.Error())
	}
	require.Len(t, records(), 100)
	require.Len(t, told, 300)
	for _, text := range told {
		require.Contains(t, text, "no rows for [redacted]")
		require.NotContains(t, text, "liddell")
	}
}

// If a long error is cut within a token, the part before the cut is redacted.
func TestTokenAtTheCutOfALongErrorIsRedacted(t *testing.T) {
	p := oidctest.New(t)
	token := p.Token(audience, oidctest.Claims{"sub": "alice-liddell", "iss": corpIssuer})
	for _, before := range []int{0, 4096 - len(token), 4096 - len(token)/2, 4096 - 100, 4096 - 40, 4096 - 4, 8000} {
		client := infoFunc(func() (claims.Set, error) {
			return claims.Set{}, errors.New(strings.Repeat("-", before) + token + strings.Repeat("-", 8000))
		})
		said := outputs(t, scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: client, UserInfoOnly: true}}}.config(p), token)
		for _, part := range strings.Split(token, ".") {
			require.NotContains(t, said, part[:16], "%d", before)
		}
		require.Less(t, len(said), 128<<10)
	}
}

// A dependency may quote only one part of a token, such as a payload that it cannot parse. It may quote the part unchanged or
// encode it again.
func TestPartOfATokenIsRedacted(t *testing.T) {
	p := oidctest.New(t)
	token := p.Token(audience, oidctest.Claims{"iss": corpIssuer})
	for i, part := range strings.Split(token, ".") {
		for _, said := range []string{part, base64.RawStdEncoding.EncodeToString([]byte(part)), hex.EncodeToString([]byte(part))} {
			client := infoFunc(func() (claims.Set, error) { return claims.Set{}, errors.New("cannot read <" + said + ">") })
			told := outputs(t, scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: client, UserInfoOnly: true}}}.config(p), token)
			require.Contains(t, told, "cannot read <[redacted]", "part %d", i)
			require.NotContains(t, told, said[:len(said)-4], "part %d", i) // the last group of base64 is too short to be redacted
		}
	}
}

// A fetcher may repeat the subject before the claims are resolved.
func TestSubjectIsRedactedIfUserInfoFails(t *testing.T) {
	p := oidctest.New(t)
	token := p.Token(audience, oidctest.Claims{"sub": "alice-liddell", "iss": corpIssuer})
	client := infoFunc(func() (claims.Set, error) { return claims.Set{}, errors.New("no profile of alice-liddell") })
	said := outputs(t, scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: client, UserInfoOnly: true}}}.config(p), token)
	require.Contains(t, said, "no profile of [redacted]")
	require.NotContains(t, said, "liddell")
}

// The detail of a handler's refusal may repeat the token, and is redacted.
func TestDetailOfAHandlersRefusalIsRedactedAndBounded(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger))
	token := s.Token(audience, oidctest.Claims{"sub": "alice-liddell"})
	handler := s.auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.auth.Refuse(w, r, &oidcauth.Error{Reason: reason.UserDisabled, Detail: "blocked: " + token + strings.Repeat("x", 1<<20)})
	}))
	require.Equal(t, http.StatusForbidden, serve(handler, withHeaders("Bearer "+token)).StatusCode)
	record := fmt.Sprint(records()[0])
	require.Contains(t, record, "blocked: [redacted]")
	require.Less(t, len(record), 16<<10)
}

// outputs returns all text of a refusal and of a revocation: for the log, the client, the program, its events and the person.
func outputs(t *testing.T, c oidcauth.Config, token string) string {
	t.Helper()
	var out bytes.Buffer
	var events eventTexts
	c.OnEvent, c.Log = events.add, oidcauth.Log{Accepted: 1, RecordKey: make([]byte, 32)}
	c.Logger = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	auth, err := oidcauth.New(c)
	require.NoError(t, err)
	p := debugOf(t, auth)
	res := serve(auth.Handler(http.NotFoundHandler()), withHeaders("Bearer "+token))
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	fmt.Fprintln(&out, res.Header, string(body))
	_, refused := auth.Check(withHeaders("Bearer " + token))
	fmt.Fprintf(&out, "%v %+v\n", refused, refused)
	d := auth.Explain(context.Background(), token)
	data, err := json.Marshal(d)
	require.NoError(t, err)
	fmt.Fprintln(&out, d, string(data))
	fmt.Fprintln(&out, auth.Revoke(t.Context(), token, ""))
	fmt.Fprintln(&out, auth.Revoke(t.Context(), token, "refresh_token"))
	if c.ShowClaimValues {
		return out.String() + events.String() // the page has a choice of its own
	}
	return out.String() + events.String() + p.all(res.Header.Get("Decision-Id"), token)
}

// eventTexts collects events as JSON and as package fmt prints them.
type eventTexts struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *eventTexts) add(_ context.Context, e decision.Event) {
	text, err := json.Marshal(e)
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.out, "%s %v %+v\n", text, err, e)
}

func (l *eventTexts) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

// secretsOf returns the token and its parts, as they were sent and as a dependency may quote them.
func secretsOf(token string) []string {
	out := []string{token}
	for _, part := range strings.Split(token, ".") {
		if len(part) >= 8 {
			out = append(out, part, part[:4+len(part)/2])
		}
	}
	return out
}

func TestOutputsContainNoTokenAndNoPersonalValue(t *testing.T) {
	p := oidctest.New(t)
	for _, c := range hintedCases() {
		if c.scene.prepare != nil || c.scene.scopes != nil {
			continue // the case needs a state of the provider or a route, so the token alone does not cause it
		}
		t.Run(c.name, func(t *testing.T) {
			c.scene.claims = merged(c.scene.claims, map[string]any{"upn2": "alice@corp.example", "jti": "j-1"})
			token := c.scene.token(p)
			headers := []string{"Bearer " + token}
			if c.scene.sent != nil {
				headers = c.scene.sent(token)
			}
			bearer, only := strings.CutPrefix(headers0(headers), "Bearer ")
			if !only {
				return
			}
			config := c.scene.config(p)
			config.Response.InsecureExplain = true
			said := outputs(t, config, bearer)
			for _, secret := range append(secretsOf(token), "alice@corp.example") {
				require.NotContains(t, said, secret)
			}
		})
	}
}

// Errors of the application's finder and client are logged, without the token and the value.
func TestErrorsOfDependenciesAreRedacted(t *testing.T) {
	p := oidctest.New(t)
	token := p.Token(audience, oidctest.Claims{"sub": "alice-liddell", "iss": corpIssuer})
	finder := usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
		return nil, fmt.Errorf("select … where name = '%s': connection reset", q.Value)
	})
	said := outputs(t, scene{users: finder}.config(p), token)
	require.NotContains(t, said, "alice-liddell")
	require.Contains(t, said, "connection reset")

	client := infoFunc(func() (claims.Set, error) { return claims.Set{}, fmt.Errorf("GET /userinfo?token=%s: reset", token) })
	said = outputs(t, scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: client, UserInfoOnly: true}}}.config(p), token)
	for _, secret := range secretsOf(token) {
		require.NotContains(t, said, secret)
	}
	require.Contains(t, said, "reset")
}

func TestPersonalValuesAreShownIfConfigured(t *testing.T) {
	p := oidctest.New(t)
	config := scene{users: usermap.NewTable()}.config(p)
	config.ShowClaimValues = true
	require.Contains(t, outputs(t, config, p.Token(audience, oidctest.Claims{"sub": "alice-liddell", "iss": corpIssuer})), "alice-liddell")
}

package oidcauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// outputs is everything that a refusal says: to the log, the client, the program and the person.
func outputs(t *testing.T, c oidcauth.Config, token string) string {
	t.Helper()
	var out bytes.Buffer
	c.Logger = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	auth, err := oidcauth.New(c)
	require.NoError(t, err)
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
	return out.String()
}

// secretsOf are the token and its parts, as they are sent and as a careless text would quote them.
func secretsOf(token string) []string {
	out := []string{token}
	for _, part := range strings.Split(token, ".") {
		if len(part) >= 8 {
			out = append(out, part, part[:4+len(part)/2])
		}
	}
	return out
}

func TestNothingSaysTheTokenOrAPersonalValue(t *testing.T) {
	p := oidctest.New(t)
	for _, c := range hintedCases() {
		if c.scene.prepare != nil || c.scene.scopes != nil {
			continue // the provider's state, or a route's: told of nothing else
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

// What the service's own finder and client say of a failure is theirs, and logged; but not the token and the value.
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
	said = outputs(t, scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: client, Order: claims.UserInfoOnly}}}.config(p), token)
	for _, secret := range secretsOf(token) {
		require.NotContains(t, said, secret)
	}
	require.Contains(t, said, "reset")
}

func TestPersonalValuesAreShownWhereThatIsSwitchedOn(t *testing.T) {
	p := oidctest.New(t)
	config := scene{users: usermap.NewTable()}.config(p)
	config.ShowClaimValues = true
	require.Contains(t, outputs(t, config, p.Token(audience, oidctest.Claims{"sub": "alice-liddell", "iss": corpIssuer})), "alice-liddell")
}

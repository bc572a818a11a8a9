package oidcauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// printed returns the values in every form in which a program may print them.
func printed(t *testing.T, values ...any) string {
	t.Helper()
	var out bytes.Buffer
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		fmt.Fprintln(&out, v)
		for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
			slog.New(h).Info("x", "v", v, slog.Group("g", "v", v))
		}
		if data, err := json.Marshal(v); err == nil {
			fmt.Fprintln(&out, string(data))
		}
	}
	return out.String()
}

type session struct {
	id oidcauth.Identity
	at *oidcauth.Identity
}

func TestNoFormOfAnIdentityContainsAPersonalValue(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.Name, c.Issuers[0].Claims.Tenant = claims.Name("email"), claims.Name("department")
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
			return []usermap.User{{ID: "row-4711", Name: "liddell-row", Enabled: true, Value: "liddell-value"}}, nil
		})
	})
	token := s.Token(audience, oidctest.Claims{
		"sub": "alice-liddell", "email": "liddell@corp.example", "department": "liddells", "jti": "j-1", "scope": "orders.read",
	})
	id, err := s.auth.Check(withHeaders("Bearer " + token))
	require.NoError(t, err)
	ctx := oidcauth.NewContext(t.Context(), id)
	r := withHeaders().WithContext(ctx)
	said := printed(t, id, *id, &id, []*oidcauth.Identity{id}, []oidcauth.Identity{*id}, map[string]any{"id": *id}, session{*id, id}, &session{*id, id}, ctx, r)
	for _, secret := range []string{"liddell", "6c696464656c6c", "row-4711", "108 105 100 100"} {
		require.False(t, strings.Contains(said, secret), secret)
	}

	var shown map[string]any
	data, err := json.Marshal(id)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &shown))
	require.Equal(t, s.Issuer(), shown["issuer"])
	require.Equal(t, "j-1", shown["jti"])
	require.Equal(t, []any{"orders.read"}, shown["scopes"])
	require.Contains(t, shown["claims"], "email")
	require.NotEmpty(t, shown["expires"])
	for _, text := range []string{id.String(), fmt.Sprintf("%+v", id), fmt.Sprint(*id), fmt.Sprint(ctx)} {
		require.Contains(t, text, "j-1")
		require.Contains(t, text, s.Issuer())
	}
}

// A token without exp has no time at which it expires, and its printed forms name none.
func TestIdentityWithoutExpiryIsPrintedWithoutIt(t *testing.T) {
	s := newService(t, withOpaqueToken(&introspection{}, oidctest.Claims{"exp": nil}))
	id, err := s.auth.Check(withHeaders("Bearer opaque-of-alice"))
	require.NoError(t, err)
	require.True(t, id.Expires().IsZero())
	for _, v := range []*oidcauth.Identity{id, {}} {
		said := printed(t, v)
		require.NotContains(t, said, "expires")
		require.NotContains(t, said, "0001-01-01")
	}
}

// The methods of a nil or zero Identity return zero values.
func TestEmptyIdentityIsPrinted(t *testing.T) {
	var none *oidcauth.Identity
	for _, id := range []*oidcauth.Identity{none, {}} {
		require.NotContains(t, printed(t, id), "panic")
		require.Empty(t, id.Issuer()+id.Subject()+id.Tenant()+id.Name())
		require.NotEmpty(t, id.String())
		require.False(t, id.HasScopes("a"))
		require.Error(t, id.RequireScopes("a"))
		require.Nil(t, id.User().Value)
		require.Empty(t, id.Scopes())
		require.Empty(t, id.ClientID())
		require.True(t, id.Expires().IsZero())
		require.NoError(t, id.Decode(&struct{}{}))
	}
	require.Equal(t, http.StatusForbidden, errorOf(t, (&oidcauth.Identity{}).RequireScopes("a")).Status())
}

func errorOf(t *testing.T, err error) *oidcauth.Error {
	t.Helper()
	var e *oidcauth.Error
	require.ErrorAs(t, err, &e)
	return e
}

// The cause of a refusal may contain the token in a field.
func TestNoFormOfARefusalContainsItsCause(t *testing.T) {
	const token = "opaque-of-alice-liddell"
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Introspection.Client = introspectorFunc(func(token string) (claims.Set, error) {
			return claims.Set{}, &url.Error{Op: "Get", URL: "https://idp.example/?token=" + token, Err: errors.New("reset")}
		})
	})
	_, err := s.auth.Check(withHeaders("Bearer " + token))
	said := printed(t, err, errorOf(t, err), errorOf(t, err).Decision())
	require.Contains(t, said, "reset")
	require.False(t, strings.Contains(said, "liddell"), "it is shown")
}

func TestNilIdentityIsEmpty(t *testing.T) {
	var id *oidcauth.Identity
	require.Empty(t, id.Issuer()+id.Subject()+id.Tenant()+id.Name()+id.User().ID)
	require.True(t, id.Expires().IsZero())
	require.Empty(t, id.Claims().Names())
}

package oidctest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

type introspectorFunc func(context.Context, string) (claims.Set, error)

func (f introspectorFunc) Introspect(ctx context.Context, token string) (claims.Set, error) {
	return f(ctx, token)
}

func TestProviderClientConformsAsIntrospector(t *testing.T) {
	for _, signed := range []bool{false, true} {
		p := oidctest.New(t)
		config := p.ClientConfig()
		config.RequireSignedIntrospection = signed
		client, err := provider.New(config)
		require.NoError(t, err)
		require.NoError(t, oidctest.TestIntrospector(client, p.Opaque("api://orders", oidctest.Claims{"sub": "alice"}), "alice"))
	}
}

func TestBrokenIntrospectorsAreCaught(t *testing.T) {
	const token, sub = "token-of-alice", "alice"
	good, err := claims.Parse([]byte(`{"active":true,"sub":"alice"}`))
	require.NoError(t, err)
	other, err := claims.Parse([]byte(`{"active":true,"sub":"bob"}`))
	require.NoError(t, err)
	conforming := func(ctx context.Context, tok string) (claims.Set, error) {
		if err := ctx.Err(); err != nil {
			return claims.Set{}, err
		}
		if tok != token {
			return claims.Set{}, claims.ErrInactive
		}
		return good, nil
	}
	require.NoError(t, oidctest.TestIntrospector(introspectorFunc(conforming), token, sub))
	for name, broken := range map[string]introspectorFunc{
		"accepts anything": func(ctx context.Context, _ string) (claims.Set, error) { return conforming(ctx, token) },
		"accepts nothing":  func(context.Context, string) (claims.Set, error) { return claims.Set{}, claims.ErrInactive },
		"another sub": func(ctx context.Context, tok string) (claims.Set, error) {
			if _, err := conforming(ctx, tok); err != nil {
				return claims.Set{}, err
			}
			return other, nil
		},
		"inactive by context": func(ctx context.Context, tok string) (claims.Set, error) {
			if ctx.Err() != nil {
				return claims.Set{}, claims.ErrInactive
			}
			return conforming(ctx, tok)
		},
		"ignores the context": func(_ context.Context, tok string) (claims.Set, error) { return conforming(context.Background(), tok) },
		"claims beside the error": func(ctx context.Context, tok string) (claims.Set, error) {
			_, err := conforming(ctx, tok)
			return good, err
		},
		"repeats the token": func(ctx context.Context, tok string) (claims.Set, error) {
			set, err := conforming(ctx, tok)
			if err != nil {
				err = errors.New("no answer for " + tok)
			}
			return set, err
		},
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, oidctest.TestIntrospector(broken, token, sub)) })
	}
}

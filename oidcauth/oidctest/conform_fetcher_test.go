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

type fetcherFunc func(context.Context, string) (claims.Set, error)

func (f fetcherFunc) UserInfo(ctx context.Context, token string) (claims.Set, error) {
	return f(ctx, token)
}

func TestProviderClientConforms(t *testing.T) {
	p := oidctest.New(t)
	p.SetUserInfo("alice", oidctest.Claims{"email": "alice@example.com"})
	token := p.Token("api://orders", oidctest.Claims{"sub": "alice"})
	discovered, err := p.UserInfoClient()
	require.NoError(t, err)
	fixed, err := provider.New(provider.Config{UserInfoURL: p.Issuer() + string(oidctest.UserInfo)})
	require.NoError(t, err)
	for name, client := range map[string]*provider.Client{"discovered": discovered, "fixed": fixed} {
		t.Run(name, func(t *testing.T) { require.NoError(t, oidctest.TestFetcher(client, token, "alice")) })
	}
}

func TestBrokenFetchersAreCaught(t *testing.T) {
	const token, sub = "token-of-alice", "alice"
	refused := &claims.RefusedError{Status: 401}
	set := func(t *testing.T, text string) claims.Set {
		t.Helper()
		s, err := claims.Parse([]byte(text))
		require.NoError(t, err)
		return s
	}
	good := set(t, `{"sub":"alice"}`)
	conforming := func(ctx context.Context, tok string) (claims.Set, error) {
		if err := ctx.Err(); err != nil {
			return claims.Set{}, err
		}
		if tok != token {
			return claims.Set{}, refused
		}
		return good, nil
	}
	require.NoError(t, oidctest.TestFetcher(fetcherFunc(conforming), token, sub))

	answering := func(text string) fetcherFunc {
		answer := set(t, text)
		return func(ctx context.Context, tok string) (claims.Set, error) {
			if _, err := conforming(ctx, tok); err != nil {
				return claims.Set{}, err
			}
			return answer, nil
		}
	}
	for name, broken := range map[string]fetcherFunc{
		"no sub":      answering(`{"email":"alice@example.com"}`),
		"another sub": answering(`{"sub":"Alice"}`),
		"number":      answering(`{"sub":7}`),
		"accepts anything": func(ctx context.Context, _ string) (claims.Set, error) {
			return conforming(ctx, token)
		},
		"accepts nothing": func(context.Context, string) (claims.Set, error) { return claims.Set{}, refused },
		"no token is no user": func(ctx context.Context, tok string) (claims.Set, error) {
			if tok == "" {
				return claims.Set{}, nil
			}
			return conforming(ctx, tok)
		},
		"ignores the context": func(_ context.Context, tok string) (claims.Set, error) {
			return conforming(context.Background(), tok)
		},
		"claims beside the error": func(ctx context.Context, tok string) (claims.Set, error) {
			_, err := conforming(ctx, tok)
			return good, err
		},
		"repeats the token": func(ctx context.Context, tok string) (claims.Set, error) {
			s, err := conforming(ctx, tok)
			if err != nil {
				err = errors.New("no answer for " + tok)
			}
			return s, err
		},
		"panics": func(ctx context.Context, tok string) (claims.Set, error) {
			if ctx.Err() != nil {
				panic(ctx.Err())
			}
			return conforming(ctx, tok)
		},
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, oidctest.TestFetcher(broken, token, sub)) })
	}
}

package resolve_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/resolve"
)

func parse(t *testing.T, text string) claims.Set {
	t.Helper()
	s, err := claims.Parse([]byte(text))
	require.NoError(t, err)
	return s
}

func TestTokenFirstUserInfoSecond(t *testing.T) {
	token, info := parse(t, `{"sub":"a","x":"token"}`), parse(t, `{"sub":"a","x":"info","y":"info"}`)
	asked := 0
	ask := func(order claims.Order, subject claims.Path, info claims.Set, needed ...claims.Path) (claims.Set, error) {
		return resolve.Claims(context.Background(), resolve.Resolution{
			Token: token, Subject: subject, Needed: needed, Order: order,
			UserInfo: func(context.Context) (claims.Set, error) { asked++; return info, nil },
		})
	}
	x, y := claims.Name("x"), claims.Name("y")
	s, err := ask(claims.TokenThenUserInfo, claims.Path{}, info, x)
	require.NoError(t, err)
	require.Zero(t, asked)
	require.Equal(t, claims.FromToken, s.Source(x))

	s, err = ask(claims.TokenThenUserInfo, claims.Path{}, info, x, y)
	require.NoError(t, err)
	require.Equal(t, 1, asked)
	require.Equal(t, []claims.Source{claims.FromToken, claims.FromUserInfo, claims.FromNowhere},
		[]claims.Source{s.Source(x), s.Source(y), s.Source(claims.Name("z"))})
	require.Equal(t, []string{"sub", "x", "y"}, s.Names())

	s, err = ask(claims.UserInfoOnly, claims.Path{}, info, x)
	require.NoError(t, err)
	require.Equal(t, claims.FromUserInfo, s.Source(x))

	down := errors.New("down")
	_, err = resolve.Claims(context.Background(), resolve.Resolution{
		Needed: []claims.Path{y}, UserInfo: func(context.Context) (claims.Set, error) { return claims.Set{}, down },
	})
	require.ErrorIs(t, err, down)
}

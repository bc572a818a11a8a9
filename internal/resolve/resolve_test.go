package resolve_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
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
	ask := func(only bool, subject claims.Path, info claims.Set, needed ...claims.Path) (claims.Set, error) {
		return resolve.Claims(context.Background(), resolve.Resolution{
			Token: token, Subject: subject, Needed: needed, UserInfoOnly: only,
			UserInfo: func(context.Context) (claims.Set, error) { asked++; return info, nil },
		})
	}
	x, y := claims.Name("x"), claims.Name("y")
	s, err := ask(false, claims.Path{}, info, x)
	require.NoError(t, err)
	require.Zero(t, asked)
	require.Equal(t, "token", claimset.SourceOf(s, x))

	s, err = ask(false, claims.Path{}, info, x, y)
	require.NoError(t, err)
	require.Equal(t, 1, asked)
	for p, want := range map[claims.Path]string{x: "token", y: "UserInfo", claims.Name("z"): "nowhere"} {
		require.Equal(t, want, claimset.SourceOf(s, p))
	}
	require.Equal(t, []string{"sub", "x", "y"}, s.Names())

	s, err = ask(true, claims.Path{}, info, x)
	require.NoError(t, err)
	require.True(t, s.FromUserInfo(x))

	down := errors.New("down")
	_, err = resolve.Claims(context.Background(), resolve.Resolution{
		Needed: []claims.Path{y}, UserInfo: func(context.Context) (claims.Set, error) { return claims.Set{}, down },
	})
	require.ErrorIs(t, err, down)
}

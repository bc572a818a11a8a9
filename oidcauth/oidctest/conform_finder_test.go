package oidctest_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

var known = usermap.Query{Issuer: issuer, Tenant: "t1", Subject: "s-1", Claim: "upn", Value: "alice@example.com"}

var knownUser = usermap.User{ID: "7", Name: "Alice", Enabled: true}

type lookup func(context.Context, usermap.Query) ([]usermap.User, error)

// conforming is a finder as a user of the library might write it.
func conforming(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if q.Value != known.Value {
		return nil, nil
	}
	return []usermap.User{knownUser}, nil
}

func TestFindersConform(t *testing.T) {
	table := usermap.NewTable(
		usermap.Entry{Value: known.Value, User: knownUser},
		usermap.Entry{Value: known.Value, User: usermap.User{ID: "8", Name: "Alice, until 2020"}},
		usermap.Entry{Value: "bob@example.com", User: usermap.User{ID: "9", Enabled: true}},
	)
	bound := usermap.NewTable(usermap.Entry{Value: known.Value, Claim: known.Claim, Issuer: issuer, Tenant: "t1", User: knownUser})
	failing := func(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
		if strings.ContainsRune(q.Value, 0) {
			return nil, errors.New("not a value")
		}
		return conforming(ctx, q)
	}
	for name, f := range map[string]usermap.Finder{
		"Table": table, "bound Table": bound, "FinderFunc": usermap.FinderFunc(conforming), "fails at NUL": usermap.FinderFunc(failing),
	} {
		t.Run(name, func(t *testing.T) { require.NoError(t, oidctest.TestFinder(f, known, knownUser.ID)) })
	}
}

func TestBrokenFindersAreCaught(t *testing.T) {
	// finding returns a finder that conforms except for how it compares values.
	finding := func(same func(value string) bool) lookup {
		return func(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
			if same(q.Value) {
				q.Value = known.Value
			}
			return conforming(ctx, q)
		}
	}
	answering := func(users ...usermap.User) lookup {
		return func(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
			if found, err := conforming(ctx, q); len(found) == 0 {
				return nil, err
			}
			return append([]usermap.User{}, users...), nil
		}
	}
	disabled, twin := knownUser, knownUser
	disabled.Enabled, twin.ID = false, "8"
	shared := []usermap.User{knownUser}
	var calls atomic.Int64
	for name, broken := range map[string]lookup{
		"folds case":                   finding(func(v string) bool { return strings.EqualFold(v, known.Value) }),
		"trims blanks":                 finding(func(v string) bool { return strings.TrimSpace(v) == known.Value }),
		"ends at NUL":                  finding(func(v string) bool { before, _, _ := strings.Cut(v, "\x00"); return before == known.Value }),
		"matches prefixes":             finding(func(v string) bool { return v != "" && strings.HasPrefix(known.Value, v) }),
		"knows wildcards":              finding(func(v string) bool { return strings.ContainsAny(v, "%*") }),
		"is injectable":                finding(func(v string) bool { return strings.Contains(v, "' OR ") }),
		"cuts long values":             finding(func(v string) bool { return strings.TrimRight(v[:min(len(v), 255)], " ") == known.Value }),
		"ignores soft hyphens":         finding(func(v string) bool { return strings.ReplaceAll(v, "\u00ad", "") == known.Value }),
		"all users for an empty value": finding(func(v string) bool { return v == "" }),
		"finds no user":                answering(),
		"disabled":                     answering(disabled),
		"another user":                 answering(twin),
		"ambiguous":                    answering(knownUser, twin),
		"twice":                        answering(knownUser, disabled),
		"ignores the context": func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
			return conforming(context.Background(), q)
		},
		"a user beside the context's error": func(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
			users, err := conforming(context.WithoutCancel(ctx), q)
			return users, errors.Join(err, ctx.Err())
		},
		"shares its slice": func(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
			if found, err := conforming(ctx, q); len(found) == 0 {
				return nil, err
			}
			return shared, nil
		},
		"repeats the value": func(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
			if users, err := conforming(ctx, q); err != nil || len(users) > 0 {
				return users, err
			}
			return nil, errors.New("no user is called " + q.Value)
		},
		"panics": func(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
			if q.Value == "" {
				panic("empty")
			}
			return conforming(ctx, q)
		},
		"busy when asked often": func(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
			if q.Value == known.Value && calls.Add(1) > 20 {
				return nil, errors.New("busy")
			}
			return conforming(ctx, q)
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, oidctest.TestFinder(usermap.FinderFunc(broken), known, knownUser.ID))
		})
	}
}

package oidctest

import (
	"context"
	"errors"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
)

// TestIntrospector tests an implementation of [claims.Introspector]. It returns nil, or an error that joins every
// fault found. The token must be active, and of this subject.
//
// It requires the following:
//
//   - The token gives claims whose sub is the subject, as a string.
//   - An empty token, and one that was never issued, give an error and no claims. The error is [claims.ErrInactive],
//     or another one if the token was not sent.
//   - A cancelled context gives an error other than ErrInactive, because it says nothing about the token.
//   - No error contains the token, because errors are logged.
//   - 32 concurrent calls, half of them with a token that was never issued, each get their own answer.
func TestIntrospector(i claims.Introspector, token, sub string) error {
	t := &introspectorTest{introspector: i, token: token, sub: sub}
	t.try("introspector", func() {
		t.accepts("the token")
		for _, garbage := range []string{"", " ", "garbage", "a.b.c", "\x00", token + "x", "x&token=" + token, strings.Repeat("x", 1<<16)} {
			t.refuses(context.Background(), "no good token", garbage)
		}
		t.parallel("concurrent calls", func(i int) {
			if i%2 == 0 {
				t.accepts("concurrent calls")
				return
			}
			t.refuses(context.Background(), "concurrent calls", "garbage")
		})
		t.cancelled("a cancelled context", func(ctx context.Context) {
			if err := t.refuses(ctx, "a cancelled context", t.token); errors.Is(err, claims.ErrInactive) {
				t.add("a cancelled context: the error is ErrInactive")
			}
		})
		t.accepts("after all that")
	})
	return t.err()
}

type introspectorTest struct {
	faults
	introspector claims.Introspector
	token, sub   string
}

func (t *introspectorTest) accepts(when string) {
	set, err := t.introspector.Introspect(context.Background(), t.token)
	if err != nil {
		t.add("%s: %w", when, err)
		return
	}
	v, _ := set.Lookup(claims.Name("sub"))
	if sub, ok := v.Text(); !ok || sub != t.sub {
		t.add("%s: sub is %q, not %q; the claims are %q", when, sub, t.sub, set.Names())
	}
}

func (t *introspectorTest) refuses(ctx context.Context, when, token string) (err error) {
	t.try(when, func() {
		var set claims.Set
		set, err = t.introspector.Introspect(ctx, token)
		told := clip(strings.ReplaceAll(token, t.token, "<token>"))
		if err == nil {
			t.add("%s: no error for %q", when, told)
		}
		if n := len(set.Names()); n > 0 {
			t.add("%s: %d claim(s) for %q", when, n, told)
		}
		if err != nil && strings.Contains(err.Error(), t.token) {
			t.add("%s: the error contains the token", when)
		}
	})
	return err
}

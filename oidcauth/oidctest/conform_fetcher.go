package oidctest

import (
	"context"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
)

// TestFetcher tests an implementation of [claims.Fetcher]. It returns nil, or an error that joins every fault found.
// UserInfo must accept the token, and answer with this subject.
//
// It requires the following:
//
//   - The token gives claims whose sub is the subject, as a string.
//   - An empty token, and one that was never issued, give an error and no claims. The error may be a
//     [*claims.RefusedError].
//   - A cancelled context gives an error and no claims.
//   - No error contains the token, because errors are logged.
//   - 32 concurrent calls, half of them with a token that was never issued, each get their own answer.
func TestFetcher(f claims.Fetcher, token, sub string) error {
	t := &fetcherTest{fetcher: f, token: token, sub: sub}
	t.try("fetcher", func() {
		t.accepts("the token")
		for _, garbage := range t.garbage() {
			t.refuses(context.Background(), "no good token", garbage)
		}
		t.parallel("concurrent calls", func(i int) {
			if i%2 == 0 {
				t.accepts("concurrent calls")
				return
			}
			t.refuses(context.Background(), "concurrent calls", "garbage")
		})
		t.cancelled("a cancelled context", func(ctx context.Context) { t.refuses(ctx, "a cancelled context", t.token) })
		t.accepts("after all that")
	})
	return t.err()
}

type fetcherTest struct {
	faults
	fetcher    claims.Fetcher
	token, sub string
}

// garbage returns bad tokens, some of which would break out of a header.
func (t *fetcherTest) garbage() []string {
	return []string{
		"", " ", "garbage", "a.b.c", "\x00", "x\r\nAuthorization: Bearer " + t.token, t.token + " " + t.token, t.token + "x",
		strings.Repeat("x", 1<<16),
	}
}

func (t *fetcherTest) accepts(when string) {
	set, err := t.fetcher.UserInfo(context.Background(), t.token)
	if err != nil {
		t.add("%s: %w", when, err)
		return
	}
	v, _ := set.Lookup(claims.Name("sub"))
	if sub, ok := v.Text(); !ok || sub != t.sub {
		t.add("%s: sub is %q, not %q; the claims are %q", when, sub, t.sub, set.Names())
	}
}

func (t *fetcherTest) refuses(ctx context.Context, when, token string) {
	t.try(when, func() {
		set, err := t.fetcher.UserInfo(ctx, token)
		if err == nil {
			t.add("%s: no error for %q", when, t.redacted(token))
		}
		if n := len(set.Names()); n > 0 {
			t.add("%s: %d claim(s) for %q", when, n, t.redacted(token))
		}
		if err != nil && t.token != "" && strings.Contains(err.Error(), t.token) {
			t.add("%s: the error contains the token", when)
		}
	})
}

// redacted removes the good token from a text, because the output of a test may be public.
func (t *fetcherTest) redacted(token string) string {
	if t.token == "" {
		return clip(token)
	}
	return clip(strings.ReplaceAll(token, t.token, "<token>"))
}

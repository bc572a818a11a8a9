package oidctest

import (
	"context"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
)

// TestFetcher tests a client of UserInfo. It returns nil, or an error that joins every fault found. UserInfo must accept
// the token, and answer for this subject.
//
// The token must give a set of claims whose sub is the subject, as a string. No token, and tokens that nobody issued,
// must give an error and no claims; the error may be a [*claims.RefusedError] or another one. So must a context that has
// ended. No error may repeat the token: it is logged.
//
// 32 goroutines that ask at once, half of them with a token that nobody issued, must get their own answers.
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

// garbage also has what would break out of a header.
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
			t.add("%s: the error repeats the token", when)
		}
	})
}

// redacted keeps the good token out of the test's output, which may be public.
func (t *fetcherTest) redacted(token string) string {
	if t.token == "" {
		return clip(token)
	}
	return clip(strings.ReplaceAll(token, t.token, "<token>"))
}

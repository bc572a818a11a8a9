package oidctest

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/knownbearer/knownbearer/usermap"
)

// TestFinder tests an implementation of [usermap.Finder]. It returns nil, or an error that joins every fault found.
// The query known must find the user with this ID once and enabled, and no other enabled user.
//
// It requires the following:
//
//   - Values that differ from the known one by case, blanks, one character or an invisible character find no user. No
//     other user of the test may have such a value.
//   - An empty value, wildcards, SQL and LDAP injections, NUL, invalid UTF-8 and a megabyte of text find no user. An
//     error is allowed; a user is not, even together with an error.
//   - No error contains the searched value.
//   - A cancelled context gives an error and no user. A finder that never waits can return ctx.Err() first.
//   - The caller may change the returned slice.
//   - 32 concurrent calls get the same answer.
func TestFinder(f usermap.Finder, known usermap.Query, id string) error {
	t := &finderTest{finder: f, known: known, id: id}
	t.try("finder", func() {
		t.findsKnown("the known value")
		for _, value := range strangers(known.Value) {
			t.findsNobody(value)
		}
		t.ownSlice()
		t.parallel("concurrent lookups", func(int) { t.findsKnown("concurrent lookups") })
		t.endedContext()
	})
	return t.err()
}

type finderTest struct {
	faults
	finder usermap.Finder
	known  usermap.Query
	id     string
}

// findsKnown ignores disabled users: several accounts of one name are allowed if only one is enabled.
func (t *finderTest) findsKnown(when string) []usermap.User {
	users, err := t.finder.FindUsers(context.Background(), t.known)
	if err != nil {
		t.add("%s: %w", when, err)
		return nil
	}
	var enabled, own int
	for _, u := range users {
		if u.Enabled {
			enabled++
		}
		if u.ID == t.id {
			own++
		}
	}
	isKnown := func(u usermap.User) bool { return u.Enabled && u.ID == t.id }
	if enabled != 1 || own != 1 || !slices.ContainsFunc(users, isKnown) {
		t.add("%s: %d user(s), %d of them enabled, %d with the ID %q; want exactly one enabled user, with this ID", when, len(users), enabled, own, t.id)
	}
	return users
}

func (t *finderTest) findsNobody(value string) {
	q := t.known
	q.Value = value
	t.try("a strange value", func() {
		users, err := t.finder.FindUsers(context.Background(), q)
		if len(users) > 0 {
			t.add("%d user(s) for the value %q, want 0", len(users), clip(value))
		}
		t.keepsToItself(err, value)
	})
}

// keepsToItself ignores short values, because an error may contain one by accident.
func (t *finderTest) keepsToItself(err error, value string) {
	const telling = 6
	if err != nil && len(value) >= telling && strings.Contains(err.Error(), value) {
		t.add("the error contains the value %q", clip(value))
	}
}

func (t *finderTest) ownSlice() {
	clear(t.findsKnown("the known value"))
	t.findsKnown("after a caller has changed its slice")
}

func (t *finderTest) endedContext() {
	t.cancelled("a cancelled context", func(ctx context.Context) {
		users, err := t.finder.FindUsers(ctx, t.known)
		if err == nil {
			t.add("a cancelled context: no error")
		}
		if len(users) > 0 {
			t.add("a cancelled context: %d user(s)", len(users))
		}
		t.keepsToItself(err, t.known.Value)
	})
}

// strangers returns values that a careless comparison or statement confuses with the known one.
func strangers(known string) []string {
	all := []string{
		"", " ", "%", "_", "*", "\x00", "\xff", "' OR 1=1 --", `" OR ""="`, "') OR ('1'='1", "*)(uid=*", "$1", "NULL",
		strings.ToUpper(known), strings.ToLower(known), strings.ToTitle(known[:min(1, len(known))]) + known[min(1, len(known)):],
		known + " ", " " + known, known + "\t", known + "\n", known + "\u00a0", known + "\u200b", known + "\u00ad",
		known + "\x00", known + "\x00x", "\x00" + known, known + "\xff", known + "' OR '1'='1", known + "'; --", known + "\\",
		known + "%", known + "*", known + "x", known + strings.Repeat(" ", 1<<20), strings.Repeat("x", 1<<20),
	}
	if runes := []rune(known); len(runes) > 1 {
		all = append(all, string(runes[:len(runes)-1]), string(runes[1:]), "%"+string(runes[1:]), string(runes[0])+"%", string(runes[0])+"*")
	}
	swapped := strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, known)
	all = append(all, swapped)
	return slices.DeleteFunc(all, func(s string) bool { return s == known })
}

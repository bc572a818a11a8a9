package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const accounts = `login,uid,active,locked,realm
alice,7,true,,
bob,8,yes,left in May,
carol,9,0,no,
dora,10,1,0,
dora,11,1,0,
erin,12,1,0,https://other.example
`

func TestUsersOfATable(t *testing.T) {
	p := oidctest.New(t)
	columns := []string{"-user-column", "value=login", "-user-column", "id=uid", "-user-column", "enabled=active", "-user-column", "disabled=locked"}
	csv := append([]string{"-users", writeFile(t, "accounts.csv", accounts)}, columns...)
	json := []string{"-users", writeFile(t, "users.json", `[{"value":"alice","id":7},{"value":"bob","disabled":true},{"value":"carol","enabled":false},{"value":"dora"},{"value":"dora"},{"value":"erin","issuer":"https://other.example"}]`)}
	for name, args := range map[string][]string{
		"CSV": append(csv, "-user-column", "issuer=realm"), "JSON": json,
	} {
		for sub, want := range map[string]reason.Reason{
			"alice": "", "bob": reason.UserDisabled, "carol": reason.UserDisabled, "dora": reason.UserAmbiguous, "erin": reason.UserNotFound, "Alice": reason.UserNotFound,
		} {
			t.Run(name+" "+sub, func(t *testing.T) {
				require.Equal(t, want, explainJSON(t, p.Token(audience, oidctest.Claims{"sub": sub}), flagsFor(p, args...)...).Reason)
			})
		}
	}
}

func TestUserTablesThatCannotBeRead(t *testing.T) {
	p := oidctest.New(t)
	for name, c := range map[string]struct {
		text string
		args []string
	}{
		"no column value":   {"login\nalice\n", nil},
		"no such column":    {"value\nalice\n", []string{"-user-column", "id=uid"}},
		"unknown name":      {"value\nalice\n", []string{"-user-column", "key=value"}},
		"no assignment":     {"value\nalice\n", []string{"-user-column", "value"}},
		"unreadable flag":   {"value,enabled\nalice,inactive\n", nil},
		"cells too many":    {"value\nalice,7\n", nil},
		"empty":             {"", nil},
		"not a list":        {`[{"value":"alice"}`, nil},
		"object in an cell": {`[{"value":{"a":1}}]`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := runWith(t, p.Token(audience, nil), flagsFor(p, append(c.args, "-users", writeFile(t, "users", c.text))...)...)
			require.Equal(t, usage, got.status)
			require.NotContains(t, got.err, "alice")
		})
	}
}

package oidcauth_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func checking(all ...claims.Check) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) { c.Issuers[0].Claims.Checks = all }
}

// A check compares the exact name and the exact value.
func TestVerdictCheckValue(t *testing.T) {
	var out []verdict
	rows := func(name string, want reason.Reason, check claims.Check, values ...string) {
		for _, v := range values {
			out = append(out, verdict{name: name + " " + v, claims: obj{"c": json.RawMessage(v)}, config: checking(check), want: want})
		}
	}
	text, flag, number := claims.OneOf(claims.Name("c"), "yes", "1"), claims.Equals(claims.Name("c"), true), claims.Equals[int64](claims.Name("c"), 1)
	rows("text", "", text, `"yes"`, `"1"`, `"\u0079es"`, `["no","yes"]`, `[null,1,"yes"]`)
	rows("text", reason.CheckFailed, text,
		`"YES"`, `"Yes"`, `"yes "`, `" yes"`, `"ye"`, `"yess"`, `"yes\u0000"`, `"yes\n"`, `"yes,1"`, `"ｙes"`, `""`, `"*"`, `".*"`, "1", "true",
		`{}`, `{"yes":"yes"}`, "[]", `[["yes"]]`, `[{"c":"yes"}]`, `["YES","yes "]`, `["yes,1"]`, `"[\"yes\"]"`)
	rows("text", reason.CheckClaimMissing, text, "null")
	rows("flag", "", flag, "true", "[false,true]")
	rows("flag", reason.CheckFailed, flag, "false", `"true"`, "1", `"1"`, "[]", "{}", `["true"]`)
	rows("number", "", number, "1", "1.0", "10e-1", "1e0", "[0,1]")
	rows(
		"number", reason.CheckFailed, number, `"1"`, "true", "0", "-1", "1.5", "1.0000000000000000001", "1e1", "18446744073709551617",
		"4294967297", "1e999999999999", `["1"]`,
	)
	runVerdicts(t, out)
}

func TestVerdictCheckPath(t *testing.T) {
	yes := func(p claims.Path) func(*oidcauth.Config) { return checking(claims.Equals(p, "yes")) }
	const uri = "http://schemas.example/claims/role.name"
	runVerdicts(t, []verdict{
		{name: "absent", config: yes(claims.Name("c")), want: reason.CheckClaimMissing},
		{name: "name in another case", claims: obj{"C": "yes"}, config: yes(claims.Name("c")), want: reason.CheckClaimMissing},
		{name: "name with a blank", claims: obj{"c ": "yes"}, config: yes(claims.Name("c")), want: reason.CheckClaimMissing},
		{name: "longer name", claims: obj{"cc": "yes"}, config: yes(claims.Name("c")), want: reason.CheckClaimMissing},
		{name: "nested", claims: obj{"x": obj{"c": "yes"}}, config: yes(claims.Name("c")), want: reason.CheckClaimMissing},
		{name: "claim URI", claims: obj{uri: "yes"}, config: yes(claims.Name(uri))},
		{name: "last part of a claim URI", claims: obj{"name": "yes", "role.name": "yes"}, config: yes(claims.Name(uri)), want: reason.CheckClaimMissing},
		{name: "dots are literal", claims: obj{"a": obj{"b": "yes"}}, config: yes(claims.Name("a.b")), want: reason.CheckClaimMissing},
		{name: "a name that looks like a pointer", claims: obj{"a": obj{"b": "yes"}}, config: yes(claims.Name("/a/b")), want: reason.CheckClaimMissing},
		{name: "a pointer is no name", claims: obj{"/a/b": "yes"}, config: yes(claims.Pointer("/a/b")), want: reason.CheckClaimMissing},
		{name: "pointer", claims: obj{"a": obj{"b": []string{"no", "yes"}}}, config: yes(claims.Pointer("/a/b"))},
		{name: "pointer with escapes", claims: obj{"a/b": obj{"~": "yes"}}, config: yes(claims.Pointer("/a~1b/~0"))},
		{name: "pointer to an element", claims: obj{"a": []string{"no", "yes"}}, config: yes(claims.Pointer("/a/1"))},
		{name: "pointer beyond the list", claims: obj{"a": []string{"yes"}}, config: yes(claims.Pointer("/a/1")), want: reason.CheckClaimMissing},
		{name: "pointer with a zero before", claims: obj{"a": []string{"no", "yes"}}, config: yes(claims.Pointer("/a/01")), want: reason.CheckClaimMissing},
		{name: "pointer to minus one", claims: obj{"a": []string{"yes"}}, config: yes(claims.Pointer("/a/-1")), want: reason.CheckClaimMissing},
		{name: "pointer into a string", claims: obj{"a": "yes"}, config: yes(claims.Pointer("/a/0")), want: reason.CheckClaimMissing},
		{name: "pointer to JSON in a string", claims: obj{"a": `{"b":"yes"}`}, config: yes(claims.Pointer("/a/b")), want: reason.CheckClaimMissing},
		{name: "several hold", claims: obj{"c": "yes", "d": true}, config: checking(claims.Equals(claims.Name("c"), "yes"), claims.Equals(claims.Name("d"), true))},
		{
			name: "the last does not hold", claims: obj{"c": "yes", "d": false},
			config: checking(claims.Equals(claims.Name("c"), "yes"), claims.Equals(claims.Name("d"), true)), want: reason.CheckFailed,
		},
		{
			name: "the last is absent", claims: obj{"c": "yes"},
			config: checking(claims.Equals(claims.Name("c"), "yes"), claims.Equals(claims.Name("d"), true)), want: reason.CheckClaimMissing,
		},
		{
			name: "two checks of one claim", claims: obj{"c": "yes"},
			config: checking(claims.Equals(claims.Name("c"), "yes"), claims.Equals(claims.Name("c"), "no")), want: reason.CheckFailed,
		},
		{name: "the first of two tenants", claims: obj{"tid": "a"}, config: checking(claims.OneOf(claims.Name("tid"), "a", "b"))},
	})
}

// A check on a claim of another path does not satisfy a required claim.
func TestVerdictCheckAndNeededClaim(t *testing.T) {
	needing := func(need, check claims.Path) func(*oidcauth.Config) {
		return func(c *oidcauth.Config) {
			c.Issuers[0].Claims.Required = []claims.Path{need}
			c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(check, "yes")}
		}
	}
	name, pointer := claims.Name("/a"), claims.Pointer("/a")
	runVerdicts(t, []verdict{
		{name: "both", claims: obj{"a": 1, "/a": "yes"}, config: needing(pointer, name)},
		{name: "pointer needed, name checked", claims: obj{"/a": "yes"}, config: needing(pointer, name), want: reason.ClaimMissing},
		{name: "name needed, pointer checked", claims: obj{"a": "yes"}, config: needing(name, pointer), want: reason.ClaimMissing},
		{name: "needed and checked", config: needing(name, name), want: reason.CheckClaimMissing},
		{name: "needed", config: func(c *oidcauth.Config) { c.Issuers[0].Claims.Required = []claims.Path{name} }, want: reason.ClaimMissing},
		{
			name: "needed and null", claims: obj{"/a": json.RawMessage("null")},
			config: func(c *oidcauth.Config) { c.Issuers[0].Claims.Required = []claims.Path{name} }, want: reason.ClaimMissing,
		},
	})
}

// Every kind of check fails if it cannot be decided.
func TestVerdictCheckKinds(t *testing.T) {
	c, d := claims.Name("c"), claims.Name("d")
	var out []verdict
	row := func(check claims.Check, want reason.Reason, has obj) {
		out = append(out, verdict{name: fmt.Sprint(check, " of ", has), claims: has, config: checking(check), want: want})
	}
	null := json.RawMessage("null")
	row(claims.OneOf(c, "a", "b"), "", obj{"c": "b"})
	row(claims.OneOf(c, "a", "b"), reason.CheckFailed, obj{"c": "a b"})
	row(claims.EqualsEmpty(c), "", obj{"c": ""})
	row(claims.EqualsEmpty(c), reason.CheckFailed, obj{"c": []string{}})
	row(claims.Has(c), "", obj{"c": 0})
	row(claims.Has(c), reason.CheckClaimMissing, obj{"c": null})
	row(claims.Has(c), reason.CheckClaimMissing, nil)
	row(claims.Absent(c), "", nil)
	row(claims.Absent(c), reason.CheckFailed, obj{"c": "x"})
	row(claims.Absent(c), reason.CheckFailed, obj{"c": null})
	row(claims.Absent(claims.Pointer("/c/d")), reason.CheckFailed, obj{"c": "x"})
	row(claims.HasPrefix(c, "team/"), "", obj{"c": []string{"x", "team/a"}})
	row(claims.HasPrefix(c, "team/"), reason.CheckFailed, obj{"c": "x team/a"})
	row(claims.ContainsWord(c, "read"), "", obj{"c": "write read"})
	row(claims.ContainsWord(c, "read"), reason.CheckFailed, obj{"c": "readwrite read,write read\tx"})
	row(claims.AtLeast(c, 3), "", obj{"c": 3})
	row(claims.AtLeast(c, 3), reason.CheckFailed, obj{"c": json.RawMessage("2.9999999999999999999999")})
	row(claims.AtLeast(c, 3), reason.CheckFailed, obj{"c": "4"})
	row(claims.AtMost(c, 3), reason.CheckFailed, obj{"c": json.RawMessage("1e1")})
	row(claims.AnyElement(c, claims.AllOf(claims.Equals(d, 1), claims.Has(claims.Name("e")))), "", obj{"c": []obj{{"d": 2}, {"d": 1, "e": 0}}})
	row(claims.AnyElement(c, claims.AllOf(claims.Equals(d, 1), claims.Has(claims.Name("e")))), reason.CheckFailed, obj{"c": []obj{{"d": 2, "e": 0}, {"d": 1}}})
	row(claims.AnyElement(c, claims.Equals(d, 1)), reason.CheckFailed, obj{"c": obj{"d": 1}})
	row(claims.AllOf(claims.Equals(c, 1), claims.Equals(d, 1)), reason.CheckClaimMissing, obj{"c": 1})
	row(claims.AnyOf(claims.Equals(c, 1), claims.Equals(d, 1)), "", obj{"d": 1})
	row(claims.AnyOf(claims.Equals(c, 1), claims.Equals(d, 1)), reason.CheckFailed, obj{"d": 2})
	row(claims.AnyOf(claims.Equals(c, 1), claims.Equals(d, 1)), reason.CheckClaimMissing, nil)
	row(claims.AnyOf(claims.Absent(c), claims.Equals(c, "x")), "", nil)
	row(claims.AnyOf(claims.Absent(c), claims.Equals(c, "x")), reason.CheckFailed, obj{"c": null})
	row(claims.Not(claims.Equals(c, "x")), "", obj{"c": "y"})
	row(claims.Not(claims.Equals(c, "x")), reason.CheckFailed, obj{"c": []string{"y", "x"}})
	row(claims.Not(claims.Equals(c, "x")), reason.CheckFailed, obj{"c": 1})
	row(claims.Not(claims.Equals(c, "x")), reason.CheckClaimMissing, nil)
	row(claims.CheckFunc("even", c, even), "", obj{"c": 4})
	row(claims.CheckFunc("even", c, even), reason.CheckFailed, obj{"c": 3})
	row(claims.CheckFunc("even", c, even), reason.CheckClaimMissing, nil)
	runVerdicts(t, out)
}

func even(v claims.Value) bool {
	n, ok := v.Int64()
	return ok && n%2 == 0
}

// A check of several claims requests all of them from UserInfo. It does not replace a required claim.
func TestVerdictCheckOfSeveralClaims(t *testing.T) {
	c, d := claims.Name("c"), claims.Name("d")
	either := claims.AnyOf(claims.Equals(c, 1), claims.Equals(d, 1))
	asking := func(answer string, checks ...claims.Check) func(*oidcauth.Config) {
		return func(config *oidcauth.Config) {
			config.Issuers[0].Claims.Checks = checks
			config.Issuers[0].Claims.UserInfo = infoAnswers(answer)
		}
	}
	needing := func(p claims.Path, check claims.Check) func(*oidcauth.Config) {
		return func(config *oidcauth.Config) {
			config.Issuers[0].Claims.Checks, config.Issuers[0].Claims.Required = []claims.Check{check}, []claims.Path{p}
		}
	}
	runVerdicts(t, []verdict{
		{name: "the other is in UserInfo", claims: obj{"c": 2}, config: asking(`{"sub":"`+holder+`","d":1}`, either)},
		{name: "absent in the token, present in UserInfo", config: asking(`{"sub":"`+holder+`","c":1}`, claims.Absent(c)), want: reason.CheckFailed},
		{name: "absent in both", config: asking(`{"sub":"`+holder+`"}`, claims.Absent(c))},
		{name: "absence that UserInfo does not confirm", config: asking(`{"sub":"other"}`, claims.Absent(c)), want: reason.UserInfoSubjectMismatch},
		{name: "required, and not of use to the check", claims: obj{"d": 1}, config: needing(c, either), want: reason.ClaimMissing},
		{name: "required, and checked to be absent", config: needing(c, claims.Absent(c)), want: reason.ClaimMissing},
		{name: "required, and in a part of the check", claims: obj{"d": 1}, config: needing(c, claims.AllOf(either, claims.Has(c))), want: reason.CheckClaimMissing},
	})
}

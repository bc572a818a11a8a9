package oidcauth_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// padded makes the longest token up to this size, and the shortest beyond it, by a private claim.
func padded(size int) (within, beyond verdict) {
	pad := func(n int) verdict { return verdict{claims: obj{"pad": strings.Repeat("x", n)}} }
	n := size * 3 / 4
	for over := size; over > 0; {
		over = len(pad(n).token()) - size
		n -= max(0, (over*3+3)/4)
	}
	for len(pad(n+1).token()) <= size {
		n++
	}
	return pad(n), pad(n + 1)
}

func TestVerdictLimits(t *testing.T) {
	row := func(v verdict, name string, want reason.Reason) verdict {
		v.name, v.want = name, want
		return v
	}
	list := func(n int) obj { return obj{"x": json.RawMessage("[" + strings.Repeat("0,", n-1) + "0]")} }
	members := obj{}
	for i := range 3000 {
		members[strings.Repeat("m", 1+i%7)+string(rune('ℵ'+i))] = i
	}
	text := func(s string) obj { return obj{"x": s} }
	within, beyond := padded(64 << 10)
	far, _ := padded(200 << 10)
	runVerdicts(t, []verdict{
		row(within, "64 KiB", ""),
		row(beyond, "more than 64 KiB", reason.MalformedToken),
		row(far, "200 KiB", reason.MalformedToken),
		{name: "a MiB of dots", send: header("Bearer " + strings.Repeat(".", 1<<20)), want: reason.MalformedToken},
		{name: "a MiB of letters", send: header("Bearer " + strings.Repeat("A", 1<<20)), want: reason.MalformedToken},
		{name: "a MiB of equals signs", send: header("Bearer " + strings.Repeat("=", 1<<20)), want: reason.MalformedRequest},
		{name: "a MiB of blanks", send: header("Bearer" + strings.Repeat(" ", 1<<20)), want: reason.MalformedRequest},
		{name: "a MiB of scheme", send: header(strings.Repeat("B", 1<<20) + " %s"), want: reason.NoCredentials},
		{name: "4090 values", claims: list(4085)},
		{name: "4097 values", claims: list(4096), want: reason.MalformedToken},
		{name: "3000 members", claims: members},
		{name: "3000 audiences", claims: obj{"aud": append(make([]string, 3000), audience)}},
		{name: "long name", claims: obj{strings.Repeat("n", 30000): 1}},
		{name: "long number", claims: obj{"x": json.RawMessage(strings.Repeat("9", 30000))}},
		{name: "exp of many digits", claims: obj{"exp": json.RawMessage(strings.Repeat("9", 30000))}, want: reason.InvalidClaims},
		{name: "exp of many digits behind the point", claims: obj{"exp": json.RawMessage("1800000300." + strings.Repeat("9", 30000))}},
		{name: "exp of many zeros and an exponent", claims: obj{"exp": json.RawMessage("18000003" + strings.Repeat("0", 20000) + "e-19998")}},
		{name: "exp of a hundred and a large exponent", claims: obj{"exp": json.RawMessage("1e999999")}, want: reason.InvalidClaims},
		{name: "exp tiny", claims: obj{"exp": json.RawMessage("1e-999999")}, want: reason.InvalidClaims},
		{name: "many escapes", claims: obj{"x": json.RawMessage(`"` + strings.Repeat(`\u0041`, 7000) + `"`)}},
		{name: "a name longer than any that folds", rawHeader: `{"alg":"ES256","kid":"k1",` + `"` + strings.Repeat("K", 33) + `":1,"typ":"JWT"}`},
		{name: "large header", header: text(strings.Repeat("x", 40000))},
		{name: "nested header", rawHeader: `{"alg":"ES256","kid":"k1","x":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + "}", want: reason.MalformedToken},
	})
}

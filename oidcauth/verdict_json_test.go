package oidcauth_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The provider's own key signs every text of this table. A text that two parsers could read differently is refused
// nevertheless.
func TestVerdictJSON(t *testing.T) {
	var out []verdict
	refused := func(name, payload string) {
		out = append(out, verdict{name: name, rawClaims: payload, want: reason.MalformedToken})
	}
	with := func(more string) string { return goodClaims(`"aud":"` + audience + `",` + more) }
	for _, more := range []string{
		`"sub":"root"`, `"iss":"https://evil.example"`, `"exp":1900000000`, `"aud":"other"`, `"\u0073ub":"root"`, `"a":1,"a":1`,
		`"a":{"b":1,"b":2}`, `"a":[{"b":1,"\u0062":2}]`, `"":1,"":2`,
	} {
		refused("duplicate "+more, with(more))
	}
	for _, name := range []string{
		"ISS", "Sub", `ſub`, `\u017fub`, "AUD", "Exp", "eXP", "NBF", "Iat", "JTI", "AZP", "Client_ID", "Scope", `\u017fcope`, "SCP", "CNF",
		"Act", "Events", `event\u017f`, "Typ", "Token_Use", `to\u212aen_use`, "NONCE", "At_Hash", `at_ha\u017fh`, "c_HASH", "SID", "AMR",
	} {
		refused("folded "+name, with(`"`+name+`":"x"`))
	}
	for _, value := range []string{
		"NaN", "Infinity", "-", "-Infinity", "0x10", "010", "+1", ".5", "1.", "1e", "1e+", "1_000", "'x'", "undefined", "True", "nul", "tru", "",
		`"\x41"`, `"\u12"`, `"\u+123"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, "\"\x00\"", "\"\n\"", "\"\t\"", `"x`, "[1,]",
		"[1", "{\"a\":1,}", "{a:1}",
		"1/**/", "// x\n1", "\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "[1 2]", `{"a" 1}`, `{"a":1 "b":2}`,
	} {
		refused(fmt.Sprintf("value %q", value), with(`"x":`+value))
	}
	good := with(`"x":1`)
	for name, payload := range map[string]string{
		"twice": good + good, "trailing brace": good + "}", "trailing comma": good + ",", "trailing NUL": good + "\x00", "leading NUL": "\x00" + good,
		"BOM": "\ufeff" + good, "a list": "[" + good + "]", "null": "null", "a string": `"x"`, "a number": "1", "blank": " ", "no end": good[:len(good)-1],
		"form feed": "\f" + good, "no-break space": "\u00a0" + good, "UTF-16": "\xfe\xff\x00{\x00}", "another format": "iss=x&sub=y",
		"too deep":       with(`"x":` + strings.Repeat("[", 16) + strings.Repeat("]", 16)),
		"far too deep":   with(`"x":` + strings.Repeat("[", 40000)),
		"deep objects":   with(`"x":` + strings.Repeat(`{"a":`, 5000)),
		"too many":       with(`"x":[` + strings.Repeat("0,", 5000) + "0]"),
		"escaped quotes": with(`"x":"` + strings.Repeat(`\"`, 9000)),
	} {
		refused("payload "+name, payload)
	}
	for _, header := range []string{
		`{"alg":"ES256","kid":"k1","kid":"k1"}`, `{"alg":"none","alg":"ES256","kid":"k1"}`, `{"alg":"ES256","kid":"k1","\u0061lg":"none"}`,
		`{"alg":"ES256","kid":"k1","ALG":"none"}`, `{"alg":"ES256","kid":"k1","\u212aid":"x"}`, `{"alg":"ES256","kid":"k1","CRIT":[]}`,
		`{"alg":"ES256","kid":"k1","Typ":"JWT"}`, `{"alg":"ES256","kid":"k1","x5T#s256":"x"}`, `{"alg":"ES256","kid":"k1"}{}`,
		`["ES256"]`, `"ES256"`, "null", " ", "\ufeff" + `{"alg":"ES256","kid":"k1"}`, `{'alg':'ES256'}`, `{"alg":"ES256","kid":"k1",}`,
		`{"alg":"ES256","kid":"k1","typ":null}`, `{"alg":"ES256","kid":"k1","x":` + strings.Repeat("[", 30000),
	} {
		out = append(out, verdict{name: "header " + header[:min(len(header), 60)], rawHeader: header, want: reason.MalformedToken})
	}
	runVerdicts(t, out)
}

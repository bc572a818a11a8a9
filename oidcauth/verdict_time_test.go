package oidcauth_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func leeway(d time.Duration) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) { c.Issuers[0].Leeway = oidcauth.Exactly(d) }
}

// noDates lists values that are refused as a NumericDate in every claim.
var noDates = []string{
	"-1", "-0.001", "-1e9", "1e308", "1e19", "1e400", "1e999999999999999999999", "9223372036854775807", "9223372036854775808",
	"18446744073709551616", "-9223372036854775809", "253402300800", "1800000300000", `"1800000300"`, `"2030-01-01T00:00:00Z"`, `""`,
	"true", "false", "null", "[1800000300]", `{"seconds":1800000300}`,
}

func TestVerdictTimeNoDate(t *testing.T) {
	var out []verdict
	for _, claim := range []string{"exp", "nbf", "iat"} {
		for _, v := range noDates {
			out = append(out, verdict{name: claim + " " + v, claims: obj{claim: json.RawMessage(v)}, want: reason.InvalidClaims})
		}
	}
	for _, v := range []string{"0", "-0", "0.0", "0e5", "0.9", "1e-9", "1e-999999999999", "0e999999999999"} {
		out = append(out, verdict{name: "exp " + v, claims: obj{"exp": json.RawMessage(v)}, want: reason.InvalidClaims})
	}
	runVerdicts(t, append(out, verdict{name: "no exp", claims: obj{"exp": nil}, want: reason.InvalidClaims}))
}

func TestVerdictTimeBoundaries(t *testing.T) {
	at := func(s string) json.RawMessage { return json.RawMessage(s) }
	none, ten := leeway(0), leeway(10*time.Minute)
	runVerdicts(t, []verdict{
		{name: "leeway ends now", claims: obj{"exp": inSeconds(-60)}, want: reason.Expired},
		{name: "leeway ends in a moment", claims: obj{"exp": at("1799999940.000000001")}},
		{name: "leeway ended a moment ago", claims: obj{"exp": at("1799999939.999999999")}, want: reason.Expired},
		{name: "expired in the year 1970", claims: obj{"exp": 1}, want: reason.Expired},
		{name: "no leeway, exp now", claims: obj{"exp": inSeconds(0)}, config: none, want: reason.Expired},
		{name: "no leeway, exp in a moment", claims: obj{"exp": at("1800000000.000000001")}, config: none},
		{name: "most leeway, exp at its end", claims: obj{"exp": inSeconds(-600)}, config: ten, want: reason.Expired},
		{name: "most leeway, exp within", claims: obj{"exp": inSeconds(-599)}, config: ten},
		{name: "nbf at the leeway", claims: obj{"nbf": inSeconds(60)}},
		{name: "nbf a moment beyond", claims: obj{"nbf": at("1800000060.000000001")}, want: reason.NotYetValid},
		{name: "nbf in the last year", claims: obj{"nbf": at("253402300799")}, want: reason.NotYetValid},
		{name: "no leeway, nbf now", claims: obj{"nbf": inSeconds(0)}, config: none},
		{name: "no leeway, nbf in a moment", claims: obj{"nbf": at("1800000000.000000001")}, config: none, want: reason.NotYetValid},
		{name: "nbf after exp, both ahead", claims: obj{"nbf": inSeconds(400)}, want: reason.NotYetValid},
		{name: "nbf after exp, both past", claims: obj{"nbf": inSeconds(-100), "exp": inSeconds(-200)}, want: reason.Expired},
		{name: "exp before iat", claims: obj{"iat": inSeconds(0), "exp": inSeconds(-3600)}, want: reason.Expired},
		{name: "old iat does not expire", claims: obj{"iat": 1}},
		{name: "clock before the token", claims: obj{"nbf": inSeconds(0)}, world: func(w *world) { w.advance(-61 * time.Second) }, want: reason.NotYetValid},
		{name: "clock at 1970", world: func(w *world) { w.advance(-time.Duration(verdictTime.UnixNano())) }},
		{name: "clock beyond the token", world: func(w *world) { w.advance(361 * time.Second) }, want: reason.Expired},
	})
}

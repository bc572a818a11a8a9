package hints_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/hints"
)

func at(claim string, after time.Duration) string {
	return fmt.Sprintf(`{%q:%d}`, claim, now.Add(after).Unix())
}

func TestRulesOnTimes(t *testing.T) {
	early := hints.Case{Reason: "not_yet_valid", Leeway: time.Minute}
	expired := hints.Case{Reason: "expired", Leeway: time.Minute}
	runRules(t, map[string]rule{
		"nbf as far ahead as clocks differ": {
			code: "clock_differs", seen: early, near: early,
			tokens: [2]string{at("nbf", 11*time.Minute), at("nbf", 11*time.Minute+time.Second)},
		},
		"iat beyond the leeway": {
			code: "issued_in_future", seen: early, near: early,
			tokens: [2]string{at("iat", time.Minute+time.Second), at("iat", time.Minute)},
		},
		"exp that is a date": {
			code: "expired", seen: expired, near: expired, tokens: [2]string{at("exp", -time.Hour), `{"exp":"soon"}`},
		},
	})
}

// The age of a token is told in seconds for two days, and in days afterwards.
func TestAgeOfAnExpiredToken(t *testing.T) {
	for age, want := range map[time.Duration]string{
		90 * time.Second: "1m30s ago", 48*time.Hour - time.Second: "47h59m59s ago", 48 * time.Hour: "2 days ago",
	} {
		c := &hints.Case{Reason: "expired", Now: now, Claims: object(t, at("exp", -age))}
		require.True(t, strings.HasSuffix(hints.For(c)[0].Actual, want), hints.For(c)[0].Actual)
	}
}

func TestRulesOnTheToken(t *testing.T) {
	ofAlg := func(alg string, actual, expected int) hints.Case {
		return hints.Case{
			Reason: "invalid_signature", Signature: hints.Lengths{Actual: actual, Expected: expected}, Header: object(t, `{"alg":"`+alg+`"}`),
		}
	}
	signed := func(actual, expected int) hints.Case {
		return hints.Case{Reason: "invalid_signature", Signature: hints.Lengths{Actual: actual, Expected: expected}}
	}
	runRules(t, map[string]rule{
		"a short signature": {code: "token_truncated", seen: signed(60, 64), near: signed(64, 64)},
		"an answer of unstated kind": {
			code: "introspection_without_token_type",
			seen: hints.Case{Reason: "wrong_token_type", Introspected: true}, near: hints.Case{Reason: "wrong_token_type"},
			tokens: [2]string{`{"active":true}`, `{"sub":"alice"}`},
		},
		"an answer about a refresh token": {
			code: "refresh_token_sent",
			seen: hints.Case{Reason: "wrong_token_type", Introspected: true}, near: hints.Case{Reason: "wrong_token_type", Introspected: true},
			tokens: [2]string{`{"active":true,"token_type":"refresh_token"}`, `{"active":true}`},
		},
		"a signature by a shorter key": {
			code: "token_truncated", seen: ofAlg("RS256", 250, 512), near: ofAlg("RS256", 256, 512),
		},
		"a short signature by an elliptic curve": {code: "token_truncated", seen: ofAlg("ES512", 96, 132), near: ofAlg("ES512", 132, 132)},
		"a signature in ASN.1":                   {code: "signature_der", seen: ofAlg("ES256", 71, 64), near: ofAlg("ES256", 80, 64)},
		"no signature at hand":                   {code: "token_truncated", seen: signed(1, 64), near: signed(0, 64)},
	})
}

func TestShapeOfAToken(t *testing.T) {
	for raw, want := range map[string]hints.Shape{
		"undefined": hints.Placeholder, "$TOKEN": hints.Placeholder, "{{token}}": hints.Placeholder, "{token}": hints.Placeholder,
		`"null"`: hints.Placeholder, "ya29.a0": hints.Google, "a..b.c.d": hints.EncryptedTo, "a.b.c.d.e": hints.Encrypted,
		"eyJhbGciOi": hints.Cut, "eyJh.eyJp": hints.Cut, "opaque": hints.Opaque, "a.b": hints.Opaque,
		"1//0gabc": hints.Refresh, "ory_rt_x.y": hints.Refresh, "4/0AX": hints.Code, "PHNhbWw6QXNz": hints.XML,
		"3f6a2c9e-8b7d-4f1a-9c0e-5b6d7a8f9e0d": hints.UUID, "3f6a2c9e-8b7d-4f1a-9c0e-5b6d7a8f9e0g": hints.Opaque, "3f6a2c9e-8b7d-4f1a-9c0e5b6d7a8f9e0d-": hints.Opaque,
		"a.b.AAAAA": hints.Cut, "a.b.AAAA": "", "a.b.AA": "", "a.b.AB": hints.Cut, "a.b.A!AAA": "",
		strings.Repeat("x", 64<<10): hints.Opaque, strings.Repeat("x", 64<<10+1): hints.TooLarge,
	} {
		require.Equal(t, want, hints.OfToken(raw), "%.20q", raw)
	}
}

func TestShapeOfAHeader(t *testing.T) {
	require.Equal(t, hints.Missing, hints.OfHeader(nil))
	require.Equal(t, hints.Several, hints.OfHeader([]string{"Bearer a", "Bearer b"}))
	for value, want := range map[string]hints.Shape{
		"eyJh.eyJp.AAAA": hints.NoScheme, "a.b.c": hints.NoScheme, "Token abc": "the scheme Token", "Tokens abc": hints.OtherScheme, "Bearer:abc": hints.Misspelt, "Bearers": hints.Misspelt, `Bearer {"a":1}`: hints.JSON, "Bearer {a}": hints.Placeholder, "Bearer token=eyJ": hints.Assigned, "abc": hints.OtherScheme,
		"Bearer": hints.Empty, "bearer  ": hints.Empty, "Bearer undefined": hints.Placeholder, "Bearer Bearer abc": hints.Twice,
		"Bearer bearer: abc": hints.Twice, `Bearer "abc"`: hints.Quoted, "Bearer 'abc'": hints.Quoted, "Bearer <abc>": hints.Quoted,
		"Bearer a b": hints.Listed, "Bearer a,b": hints.Listed, "Bearer abc": "",
	} {
		require.Equal(t, want, hints.OfHeader([]string{value}), value)
	}
}

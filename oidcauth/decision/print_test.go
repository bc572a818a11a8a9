package decision_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func refusal() *decision.Decision {
	return &decision.Decision{
		ID: "d-1", Reason: reason.UnknownIssuer, Status: 401,
		Hints: []decision.Hint{
			{Code: "graph_token", Reason: reason.UnknownIssuer, Cause: "The token is for Graph.", Fix: "Request a scope of this API.", Actual: "aud graph", Expected: "aud orders"},
			{Code: "entra_version", Reason: reason.WrongAudience, Cause: "The versions differ.", Fix: "Configure one version."},
		},
		Steps: []decision.Step{
			{Name: "parse", Outcome: decision.Passed},
			{Name: "issuer", Outcome: decision.Failed, Faults: []decision.Fault{{Reason: reason.UnknownIssuer, Detail: "iss \"x\" is not configured"}}},
			{Name: "keys", Outcome: decision.Skipped, Detail: "not checked: its issuer is unknown"},
			{Name: "signature", Outcome: decision.Skipped, Detail: "not checked: there is no key"},
		},
	}
}

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

func TestCauseIsInTheFirstLineAndItsFixInTheNext(t *testing.T) {
	d := refusal()
	out := lines(d.String())
	require.Equal(t, "REFUSED 401 unknown_issuer: The token is for Graph.", out[0])
	require.Equal(t, "fix", strings.Fields(out[1])[0])
	require.Contains(t, out[1], d.Hints[0].Fix)
	require.Contains(t, out[2], d.Hints[0].Actual)
	require.Contains(t, out[3], d.Hints[0].Expected)
	require.Contains(t, d.String(), d.Hints[1].Cause)
	require.Contains(t, d.String(), d.Hints[1].Fix)
}

func TestMeaningOfTheReasonStandsInForAMissingHint(t *testing.T) {
	for _, r := range reason.All() {
		d := refusal()
		d.Reason, d.Status, d.Hints = r, r.Status(), nil
		d.Steps[1].Faults[0].Reason = r
		out := lines(d.String())
		require.Equal(t, fmt.Sprintf("REFUSED %d %s: %s", r.Status(), r, r.Meaning()), out[0])
		require.Equal(t, []string{"detail", "iss", "\"x\"", "is", "not", "configured"}, strings.Fields(out[1]))
	}
}

func TestHintOnAnotherFaultIsNotTheCause(t *testing.T) {
	d := refusal()
	d.Hints = d.Hints[1:]
	out := lines(d.String())
	require.Equal(t, "REFUSED 401 unknown_issuer: "+reason.UnknownIssuer.Meaning(), out[0])
	require.Contains(t, d.String(), d.Hints[0].Fix)
	d.Hints = append(d.Hints, refusal().Hints[0])
	require.Contains(t, lines(d.String())[0], "The token is for Graph.")
}

func TestOtherHintsFollowTheSteps(t *testing.T) {
	d := refusal()
	text := d.String()
	require.Less(t, strings.Index(text, d.Hints[0].Fix), strings.Index(text, "not checked:"))
	require.Less(t, strings.Index(text, "not checked:"), strings.Index(text, d.Hints[1].Cause))
	require.Less(t, strings.Index(text, d.Hints[1].Cause), strings.Index(text, d.Hints[1].Fix))
	require.Equal(t, 1, strings.Count(text, d.Hints[0].Fix))
}

func TestNoLineEndsWithABlank(t *testing.T) {
	d := refusal()
	d.Steps[0].Claims = []decision.ClaimSource{{Name: "email", Source: "token"}}
	for _, line := range append(lines(d.String()), lines(d.Verbose())...) {
		require.Equal(t, strings.TrimRight(line, " "), line)
	}
}

func TestStepsThatDidNotRunShareOneLine(t *testing.T) {
	d := refusal()
	out := lines(d.String())
	require.Contains(t, out, "  not checked: keys, signature")
	for _, s := range d.Steps[2:] {
		require.NotContains(t, d.String(), s.Detail)
		require.Contains(t, d.Verbose(), s.Detail)
	}
}

func TestAcceptedTokenHasNoNoteAboutItsSignature(t *testing.T) {
	d := &decision.Decision{ID: "d-2", Accepted: true}
	require.Equal(t, "ACCEPTED", lines(d.String())[0])
	require.NotContains(t, d.String(), "note")
	d.Accepted = false
	require.NotContains(t, d.String(), "  note", "there is no token")
	d.Token.Algorithm = "RS256"
	require.Contains(t, d.String(), "  note")
	d.Verified = true
	require.NotContains(t, d.String(), "  note")
}

func TestControlCharactersArePrintedAsText(t *testing.T) {
	d := refusal()
	d.Hints[0].Cause, d.Hints[0].Actual = "a\x1b[31mb\nc", "d\re"
	require.Len(t, lines(d.String()), len(lines(refusal().String())))
	require.NotContains(t, d.String(), "\x1b")
	require.NotContains(t, d.String(), "\r")
}

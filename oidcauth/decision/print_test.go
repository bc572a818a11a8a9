package decision_test

import (
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
			{Code: "graph_token", Cause: "The token is for Graph.", Fix: "Request a scope of this API.", Actual: "aud graph", Expected: "aud orders"},
			{Code: "entra_version", Cause: "The versions differ.", Fix: "Configure one version."},
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
	d := refusal()
	d.Hints = nil
	require.Equal(t, "REFUSED 401 unknown_issuer: "+reason.UnknownIssuer.Meaning(), lines(d.String())[0])
}

func TestStepsThatDidNotRunShareOneLine(t *testing.T) {
	d := refusal()
	out := lines(d.String())
	require.Equal(t, "  not checked: keys, signature", strings.TrimRight(out[len(out)-1], " "))
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

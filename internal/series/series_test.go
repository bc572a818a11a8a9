package series_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/series"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestWordsOfNoSetAreOther(t *testing.T) {
	require.Equal(t, "expired", series.Reason(reason.Expired))
	for _, label := range []string{series.Reason("made up"), series.Endpoint("later"), series.Result("later"), series.Outcome("later")} {
		require.Equal(t, "other", label)
	}
}

func TestChangeHasTheReasonOfTheRefusal(t *testing.T) {
	change, why := series.Shadow(&decision.Shadow{Change: decision.ShadowAccepts, LiveReason: reason.Expired})
	require.Equal(t, []string{"accepts", "expired"}, []string{change, why})
	change, why = series.Shadow(&decision.Shadow{Change: "later"})
	require.Equal(t, []string{"other", ""}, []string{change, why})
}

// Two series must not have the same labels, also if the texts of the configuration are equal or not UTF-8.
func TestLabelsOfTheStateDiffer(t *testing.T) {
	require.Equal(t, []string{"a b", "", "a b 2", "�", "� 2"}, series.Audiences([]oidcauth.IssuerStatus{
		{Issuer: "one", Audience: []string{"a", "b"}},
		{Issuer: "two", Audience: []string{"a"}},
		{Issuer: "one", Audience: []string{"a b"}},
		{Issuer: "one", Audience: []string{"\xfe"}},
		{Issuer: "one", Audience: []string{"\xff"}},
	}))
	require.Equal(t, []string{"keys", "keys 2"}, series.Origins([]oidcauth.KeySourceStatus{{Origin: "keys"}, {Origin: "keys"}}))
}

func TestCertificateEndIsTheEarliest(t *testing.T) {
	first := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	require.Equal(t, first, series.CertificateEnd([]oidcauth.KeyStatus{{}, {Until: first.Add(time.Hour)}, {Until: first}}))
	require.Zero(t, series.CertificateEnd([]oidcauth.KeyStatus{{}}))
}

func TestSeriesOfAVerdictAreMadeOnce(t *testing.T) {
	made := 0
	of := series.Made[int]{Make: func(series.Verdict) int { made++; return made }}
	v := series.VerdictOf(decision.Event{Kind: decision.Refused, Decision: &decision.Decision{Reason: "made up", Status: 401}})
	require.Equal(t, series.Verdict{Result: "refused", Reason: "other", Status: 401}, v)
	require.Equal(t, []int{1, 1, 2}, []int{of.Of(v), of.Of(v), of.Of(series.Verdict{})})
}

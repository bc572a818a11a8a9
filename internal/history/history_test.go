package history_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/history"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func begun() *history.History {
	h := &history.History{}
	h.Begin(noon)
	return h
}

func refusal(id string, at time.Time, why reason.Reason, code string) *decision.Decision {
	return &decision.Decision{
		ID: id, Time: at, Reason: why, Status: why.Status(), Hints: []decision.Hint{{Code: code, Reason: why, Cause: "cause of " + code}},
		Steps: []decision.Step{{Name: "parse", Outcome: decision.Passed}},
	}
}

func refused(d *decision.Decision) decision.Event {
	return decision.Event{Kind: decision.Refused, Time: d.Time, ID: d.ID, Decision: d}
}

func fetched(at time.Time, r decision.Result) decision.Event {
	return decision.Event{Kind: decision.Fetched, Time: at, Fetch: &decision.Fetch{Endpoint: decision.EndpointKeys, Result: r}}
}

func TestRefusalsAreCountedByCauseAndMinute(t *testing.T) {
	h := begun()
	h.Record(refused(refusal("a", noon, reason.WrongAudience, "graph_token")))
	h.Record(refused(refusal("b", noon.Add(5*time.Minute), reason.WrongAudience, "wrong_audience")))
	h.Record(refused(refusal("c", noon.Add(6*time.Minute), reason.WrongAudience, "wrong_audience")))
	s := h.Snapshot(noon.Add(10*time.Minute), 2)
	require.Len(t, s.Causes, 2)
	require.Equal(t, "wrong_audience", s.Causes[0].Code)
	require.Equal(t, 2, s.Causes[0].Counts.Sum())
	require.Equal(t, 1, s.Causes[0].Counts[history.Minutes-1-5])
	require.Equal(t, 1, s.Causes[0].Counts[history.Minutes-1-4])
	require.Equal(t, "c", s.Causes[0].DecisionID)
	require.Equal(t, 401, s.Causes[0].Status)
	require.Equal(t, noon.Add(6*time.Minute), s.Causes[0].Last)
	require.Equal(t, 1, s.Causes[1].Counts[history.Minutes-1-10])
	require.Equal(t, []string{"c", "b"}, []string{s.Recent[0].ID, s.Recent[1].ID}, "newest first")
	require.Equal(t, noon, s.Since)
}

func TestOnlyTheLastHourCounts(t *testing.T) {
	h := begun()
	h.Record(refused(refusal("a", noon, reason.Expired, "expired")))
	h.Record(fetched(noon, decision.Succeeded))
	require.Len(t, h.Snapshot(noon.Add(59*time.Minute), 1).Causes, 1)
	later := h.Snapshot(noon.Add(60*time.Minute), 1)
	require.Empty(t, later.Causes)
	require.Zero(t, later.Good.Sum())
	require.NotNil(t, h.Decision("a"), "a decision is kept until newer ones take its place")
}

// A refusal beyond the limit of the log has neither steps nor hints. It counts, and is not kept.
func TestUnexplainedRefusalOnlyCounts(t *testing.T) {
	h := begun()
	h.Record(refused(&decision.Decision{ID: "a", Time: noon, Reason: reason.Expired, Status: 401}))
	s := h.Snapshot(noon, 1)
	require.Len(t, s.Causes, 1)
	require.Equal(t, history.Key{Reason: reason.Expired}, s.Causes[0].Key)
	require.Empty(t, s.Causes[0].DecisionID)
	require.Empty(t, s.Recent)
	require.Nil(t, h.Decision("a"))
}

func TestClockThatGoesBackLosesNothing(t *testing.T) {
	h := begun()
	h.Record(refused(refusal("a", noon, reason.Expired, "expired")))
	h.Record(refused(refusal("b", noon.Add(-10*time.Hour), reason.Expired, "expired")))
	require.Equal(t, 2, h.Snapshot(noon, 0).Causes[0].Counts.Sum())
}

func TestMemoryIsBounded(t *testing.T) {
	h := begun()
	for i := range 3 * history.MaxCauses {
		h.Record(refused(refusal(fmt.Sprint(i), noon, reason.Reason("application-"+fmt.Sprint(i)), fmt.Sprint("code-", i))))
	}
	s := h.Snapshot(noon, 1)
	require.LessOrEqual(t, len(s.Causes), history.MaxCauses+1)
	sum := 0
	for _, c := range s.Causes {
		sum += c.Counts.Sum()
		require.Empty(t, c.Reason, "reasons of the application are counted together")
	}
	require.Equal(t, 3*history.MaxCauses, sum)

	for i := range history.MaxDecisions {
		h.Record(refused(refusal(fmt.Sprint("short-", i), noon, reason.Expired, "expired")))
	}
	require.Nil(t, h.Decision("0"))
	require.NotNil(t, h.Decision("short-0"))
	for i := range 10 {
		d := refusal(fmt.Sprint("long-", i), noon, reason.Expired, "expired")
		d.Steps[0].Detail = strings.Repeat("x", history.MaxBytes/4)
		h.Record(refused(d))
	}
	require.Nil(t, h.Decision("short-0"))
	require.Nil(t, h.Decision("long-6"))
	require.NotNil(t, h.Decision("long-7"))
	d := refusal("huge", noon, reason.Expired, "expired")
	d.Steps[0].Detail = strings.Repeat("x", history.MaxBytes)
	h.Record(refused(d))
	require.Nil(t, h.Decision("huge"))
	require.NotNil(t, h.Decision("long-9"))
}

func TestFetchesAreBoundedAndNewestFirst(t *testing.T) {
	h := begun()
	for i := range history.MaxFetches + 5 {
		result := []decision.Result{decision.Unavailable, decision.Declined, decision.Succeeded, decision.Succeeded, decision.Succeeded}[i%5]
		h.Record(fetched(noon.Add(time.Duration(i)*time.Second), result))
	}
	s := h.Snapshot(noon.Add(time.Hour/2), 0)
	require.Len(t, s.Fetches, history.MaxFetches)
	require.True(t, s.Fetches[0].Time.After(s.Fetches[1].Time))
	require.Equal(t, history.MaxFetches/5+1, s.Bad.Sum())
	require.Equal(t, history.MaxFetches+5, s.Good.Sum()+s.Bad.Sum())
}

// The latest decision of an ID is that which refused.
func TestDecisionAfterAcceptanceIsFoundByTheSameID(t *testing.T) {
	h := begun()
	h.Record(refused(refusal("a", noon, reason.AccessDenied, "access_denied")))
	h.Record(refused(refusal("a", noon, reason.TokenRevoked, "token_revoked")))
	require.Equal(t, reason.TokenRevoked, h.Decision("a").Reason)
	require.Nil(t, h.Decision("b"))
}

func TestConcurrentUse(t *testing.T) {
	h := begun()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 100 {
				h.Record(refused(refusal(fmt.Sprint(i, "-", n), noon, reason.Expired, "expired")))
				h.Record(fetched(noon, decision.Succeeded))
				h.Snapshot(noon, 3)
				h.Decision("0-1")
			}
		})
	}
	wg.Wait()
	require.Equal(t, 800, h.Snapshot(noon, 0).Causes[0].Counts.Sum())
}

func TestNothingIsRecordedBeforeTheBeginning(t *testing.T) {
	h := &history.History{}
	h.Record(refused(refusal("a", noon, reason.Expired, "expired")))
	h.Record(fetched(noon, decision.Succeeded))
	require.Nil(t, h.Decision("a"))
	h.Begin(noon)
	h.Record(decision.Event{Kind: decision.Accepted, Time: noon, Decision: &decision.Decision{ID: "b", Accepted: true}})
	users := fetched(noon, decision.Succeeded)
	users.Fetch.Endpoint = decision.EndpointUsers
	h.Record(users)
	h.Record(decision.Event{Kind: decision.Reloaded, Time: noon, Reload: &decision.Reload{}})
	require.Equal(t, history.Snapshot{Since: noon}, h.Snapshot(noon, 1))
	h.Record(refused(refusal("a", noon, reason.Expired, "expired")))
	h.Begin(noon.Add(time.Hour))
	require.NotNil(t, h.Decision("a"), "a second page records on")
}

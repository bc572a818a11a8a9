package oidcauth

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/replay"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// record adds the Record to a decision, if the configuration has a key for it.
func (a *Authenticator) record(run *pipeline.Run, d *decision.Decision) {
	if a.config.Log.RecordKey != nil {
		d.Record = replay.NewRecord(run, d, a.config.Log.RecordKey)
	}
}

// Replay judges a recorded decision by the present configuration and keys, at the time of the record. It reports whether the
// same request would be accepted, and lists the changes since the record. The Authenticator may have another configuration than
// the one that made the record.
//
// A record contains no token, so Replay does not know everything. It does not verify the signature again: it accepts the
// recorded verification if the key still is a key of the issuer. It does not introspect the token, does not request UserInfo,
// does not look up the user, and does not verify a proof of possession. It cannot judge a check that reads a value which is not
// recorded. If a step that Replay cannot judge could decide otherwise than before, the Outcome is Skipped. If the settings of the
// issuer are unchanged, such a step decides as before. Replay does not see a revocation since the record. Records of logins, of
// opaque tokens, of introspected JWTs and of logout tokens are compared for changes only. Replay fetches keys if there are none. It
// makes no decision, so neither the log nor OnEvent gets one.
func (a *Authenticator) Replay(ctx context.Context, r decision.Record) *decision.Replay {
	out := &decision.Replay{Record: r, Outcome: decision.Skipped}
	raw, problem := replay.Token(r)
	if problem != "" {
		out.Steps = []decision.Step{{Name: "parse", Outcome: decision.Skipped, Detail: problem}}
		out.Changes = a.changes(r, time.Time{})
		return out
	}
	in := a.engine.Uncached(raw)
	now := in.Now
	in.Now = r.Time
	run := a.engine.Begin(in)
	steps := run.Replay(ctx, pipeline.Recorded{
		Key: r.Key, Issuer: r.Issuer, Reason: r.Reason, Hidden: func(claim string) bool { _, hidden := r.Hidden[claim]; return hidden },
	})
	a.judge(out, &trace.Trace{Run: run}, steps)
	out.Changes = a.changes(r, now)
	return out
}

// judge adds the steps, and what follows from them.
func (a *Authenticator) judge(out *decision.Replay, t *trace.Trace, steps []pipeline.Replayed) {
	unknown, before := false, false // a step cannot be judged, and it is before the step that refuses the token
	for _, s := range steps {
		step := decision.Step{Name: s.Step.Name, Outcome: decision.Passed}
		switch {
		case s.Fault == nil:
		case s.Fault.Reason == "":
			step.Outcome, step.Detail = decision.Skipped, s.Fault.Detail
			unknown = unknown || s.Step.ID != pipeline.StepRevocation // the deny list is no setting, so it is not compared
		default:
			step.Outcome = decision.Failed
			for _, f := range append([]*pipeline.Fault{s.Fault}, s.Fault.Also...) {
				step.Faults = append(step.Faults, decision.Fault{Reason: f.Reason, Detail: t.Detail(f)})
			}
			if out.Reason == "" {
				out.Outcome, out.Reason, before = decision.Failed, s.Fault.Reason, unknown
			}
		}
		out.Steps = append(out.Steps, step)
	}
	r := out.Record
	switch {
	case out.Reason != "" && (r.Accepted || !before || out.Reason == r.Reason):
	case !r.Accepted && a.refusesAsBefore(r, t.Rules):
		out.Outcome, out.Reason = decision.Failed, r.Reason
	case out.Reason != "": // an earlier step may still refuse the token
		out.Reason = ""
	case !r.Accepted && slices.Contains(unrecorded, r.Reason):
	case !unknown || r.Accepted && isUnchanged(r, t.Rules):
		out.Outcome = decision.Passed
	}
}

// unrecorded lists the reasons whose cause no record contains: an entry of the deny list, or the value of a hidden claim.
var unrecorded = []reason.Reason{reason.TokenRevoked, reason.InvalidClaims, reason.ClaimUnusable}

// refusesAsBefore reports whether the steps that cannot be judged would refuse the token as before by these rules. After an outage, or
// with other users or keys, they may not.
func (a *Authenticator) refusesAsBefore(r decision.Record, rules *pipeline.Rules) bool {
	switch r.Reason {
	case reason.UserNotFound, reason.UserDisabled:
		return false
	}
	return r.Reason.Status() != http.StatusServiceUnavailable && isUnchanged(r, rules) && !a.keysChanged(r)
}

// isUnchanged reports whether the steps that cannot be judged would decide by the same settings as before. rules may be nil.
func isUnchanged(r decision.Record, rules *pipeline.Rules) bool {
	if rules == nil || rules.URL != r.Issuer {
		return false
	}
	_, listed := rules.Users.(*usermap.Table) // no hash contains the users of a list
	return !listed && replay.ConfigurationOf(rules) == r.Configuration
}

func (a *Authenticator) keysChanged(r decision.Record) bool {
	rules := a.rulesOf(r)
	if rules == nil {
		return false
	}
	keys := replay.KeysOf(rules)
	return keys != "" && r.Keys != "" && keys != r.Keys
}

// rulesOf returns the rules of the recorded issuer. If it has several applications, rulesOf prefers the unchanged one.
func (a *Authenticator) rulesOf(r decision.Record) (rules *pipeline.Rules) {
	for _, candidate := range a.engine.Issuers {
		if candidate.URL == r.Issuer && (rules == nil || replay.ConfigurationOf(candidate) == r.Configuration) {
			rules = candidate
		}
	}
	return rules
}

// changes compares the present state with a record. now is zero if the end of the token is not known.
func (a *Authenticator) changes(r decision.Record, now time.Time) (out []string) {
	switch rules := a.rulesOf(r); {
	case r.Issuer == "":
	case rules == nil:
		out = append(out, fmt.Sprintf("The issuer %q is no longer configured.", r.Issuer))
	default:
		if replay.ConfigurationOf(rules) != r.Configuration {
			out = append(out, "The settings of the issuer have changed.")
		}
		if a.keysChanged(r) {
			out = append(out, "The keys of the issuer have changed.")
		}
	}
	if exp := replay.Expiry(r); !now.IsZero() && exp.After(r.Time) && now.After(exp) {
		out = append(out, "The token has expired since: "+exp.UTC().Format(time.RFC3339)+". It is judged at "+r.Time.UTC().Format(time.RFC3339)+".")
	}
	return out
}

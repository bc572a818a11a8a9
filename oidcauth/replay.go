package oidcauth

import (
	"context"
	"fmt"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/replay"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
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
// and does not look up the user. It cannot judge a check that reads a value which is not recorded. If a step that Replay cannot
// judge could decide otherwise than before, the Outcome is Skipped. The Outcome is Passed only if Replay can judge every
// needed step, or if the request was accepted and the settings of the issuer are unchanged. Replay does not see a revocation. Records of opaque tokens, of
// introspected JWTs and of logout tokens are compared for changes only. Replay fetches keys if there are none. It makes no
// decision, so neither the log nor OnEvent gets one.
func (a *Authenticator) Replay(ctx context.Context, r decision.Record) *decision.Replay {
	out := &decision.Replay{Record: r, Outcome: decision.Skipped}
	raw, ok := replay.Token(r)
	if !ok {
		out.Changes = a.changes(r, time.Time{})
		return out
	}
	in := a.engine.Uncached(raw)
	now := in.Now
	in.Now = r.Time
	t := &trace.Trace{Run: a.engine.Begin(in)}
	steps := t.Replay(ctx, r.Key, func(claim string) bool { _, hidden := r.Hidden[claim]; return hidden })
	unknown := false
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
				out.Outcome, out.Reason = decision.Failed, s.Fault.Reason
				if unknown && !r.Accepted && a.rulesUnchanged(r) { // the step that refused before is earlier, and cannot be judged
					out.Reason = r.Reason
				}
			}
		}
		out.Steps = append(out.Steps, step)
	}
	out.Changes = a.changes(r, now)
	if out.Reason == "" && (!unknown || r.Accepted && a.rulesUnchanged(r)) {
		out.Outcome = decision.Passed
	}
	return out
}

// rulesUnchanged reports whether the steps that cannot be judged would decide by the same settings as before.
func (a *Authenticator) rulesUnchanged(r decision.Record) bool {
	for _, rules := range a.engine.Issuers {
		if rules.URL == r.Issuer && replay.ConfigurationOf(rules) == r.Configuration {
			return true
		}
	}
	return false
}

// changes compares the present state with a record. now is zero if the end of the token is not known.
func (a *Authenticator) changes(r decision.Record, now time.Time) (out []string) {
	var rules *pipeline.Rules
	for _, candidate := range a.engine.Issuers {
		if candidate.URL == r.Issuer && (rules == nil || replay.ConfigurationOf(candidate) == r.Configuration) {
			rules = candidate
		}
	}
	switch {
	case r.Issuer == "":
	case rules == nil:
		out = append(out, fmt.Sprintf("The issuer %q is no longer configured.", r.Issuer))
	default:
		if replay.ConfigurationOf(rules) != r.Configuration {
			out = append(out, "The settings of the issuer have changed.")
		}
		if keys := replay.KeysOf(rules); keys != "" && r.Keys != "" && keys != r.Keys {
			out = append(out, "The keys of the issuer have changed.")
		}
	}
	if exp := replay.Expiry(r); !now.IsZero() && exp.After(r.Time) && now.After(exp) {
		out = append(out, "The token has expired since: "+exp.UTC().Format(time.RFC3339)+". It is judged at "+r.Time.UTC().Format(time.RFC3339)+".")
	}
	return out
}

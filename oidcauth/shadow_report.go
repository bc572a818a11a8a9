package oidcauth

import (
	"context"
	"log/slog"
	"strings"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// difference is a verdict of a shadow that differs from the decision. It is immutable, because many requests may share it.
type difference struct {
	decision.Shadow
	token decision.TokenFacts
}

// differenceOf compares the verdict of the shadow with the decision. It returns nil if they are the same.
func differenceOf(run *pipeline.Run, v pipeline.ShadowVerdict, j subject) *difference {
	live, t := j.observed.Fault, &trace.Trace{Run: run}
	out := &difference{}
	if live != nil {
		out.LiveReason = live.Reason
	}
	switch {
	case v.SameRules, v.Fault != nil && live != nil && v.Fault.Reason == live.Reason:
		return nil
	case v.Fault != nil && live != nil:
		out.Change, out.Reason = decision.ShadowReason, v.Fault.Reason
	case v.Fault != nil:
		out.Change, out.Reason = decision.ShadowRefuses, v.Fault.Reason
	case v.Why != "":
		out.Change, out.Step, out.Detail = decision.ShadowUnknown, v.Unknown.Name, v.Why
	case live != nil:
		out.Change = decision.ShadowAccepts
	default:
		out.Change, out.Identity = decision.ShadowIdentity, pipeline.Result(*j.identity.data()).Differences(run.ShadowResult())
		if out.Identity == nil {
			return nil
		}
	}
	if v.Fault != nil {
		out.Detail = t.Detail(v.Fault)
	}
	out.token = t.Decision(v.Fault).Token
	return out
}

// explain adds the hints on the fault that the shadow finds.
func (found *difference) explain(ctx context.Context, run *pipeline.Run, v pipeline.ShadowVerdict) {
	t := &trace.Trace{Run: run}
	d := t.Decision(v.Fault)
	t.Explain(ctx, d, v.At, v.Fault, false)
	t.Hint(ctx, d, v.Fault, false)
	found.Hints = d.Hints
}

// report counts a difference, and reports it to OnEvent and, within the limits, to the log.
func (s *shadow) report(ctx context.Context, found *difference, d *decision.Decision) {
	s.changes[found.Change].Add(1)
	if dropped, logged := s.allows(&found.Shadow, d); logged {
		s.log(ctx, found, d, dropped)
	}
	told := found.Shadow
	s.live.tell(ctx, decision.Event{Kind: decision.Shadowed, Time: s.engine.Time(), ID: d.ID, Issuer: d.Issuer, Shadow: &told})
}

// allows reports whether a difference may be logged. The limits are those of refusals. An unknown verdict is logged once a minute.
func (s *shadow) allows(found *decision.Shadow, d *decision.Decision) (dropped int, ok bool) {
	why := found.Reason
	switch found.Change {
	case decision.ShadowUnknown:
		return 0, s.limits.allowsError(reason.Reason(""), d.Time)
	case decision.ShadowAccepts:
		why = found.LiveReason
	}
	return s.limits.allows(why, d.Time)
}

// messages begin the records of the changes.
var messages = map[decision.ShadowChange]string{
	decision.ShadowRefuses:  "The shadow configuration would refuse an accepted request.",
	decision.ShadowAccepts:  "The shadow configuration would accept a refused request.",
	decision.ShadowReason:   "The shadow configuration would refuse a request for another reason.",
	decision.ShadowIdentity: "The shadow configuration would accept a request with another identity.",
	decision.ShadowUnknown:  "The shadow configuration cannot judge a request.",
}

func (s *shadow) log(ctx context.Context, found *difference, d *decision.Decision, dropped int) {
	attrs := appendText([]slog.Attr{slog.String("event", string(decision.Shadowed))}, "decision_id", d.ID, "reason", string(found.LiveReason))
	if d.Status != 0 {
		attrs = append(attrs, slog.Int("status", d.Status))
	}
	group := appendText(nil, "change", string(found.Change), "reason", string(found.Reason), "step", found.Step)
	if found.Identity != nil {
		group = append(group, slog.Any("identity", found.Identity))
	}
	attrs = appendText(append(attrs, slog.Attr{Key: "shadow", Value: slog.GroupValue(group...)}), "detail", found.Detail)
	if len(found.Hints) > 0 {
		attrs = append(attrs, slog.Any("hints", hintList(found.Hints[:1])))
	}
	if dropped > 0 {
		attrs = append(attrs, slog.Int("dropped", dropped))
	}
	message := messages[found.Change]
	if len(found.Hints) > 0 {
		message = strings.TrimSuffix(message, ".") + ": " + found.Hints[0].Cause
	}
	request := *d
	request.Token = found.token
	s.live.config.Logger.LogAttrs(ctx, slog.LevelInfo, message, appendToken(requestFields(attrs, &request), found.token)...)
}

package pipeline

import (
	"context"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// enforceChecks reports every check that fails.
func enforceChecks(_ context.Context, t *Run) *Fault {
	var first *Fault
	for _, check := range t.Rules.Checks {
		fault := t.enforce(check)
		switch {
		case fault == nil:
		case first == nil:
			first = fault
		default:
			first.Also = append(first.Also, fault)
		}
	}
	return first
}

func (t *Run) enforce(check claims.Check) *Fault {
	v, ok := t.Claims.Lookup(check.Path())
	if !ok {
		return t.missingFault(reason.CheckClaimMissing, check.Path())
	}
	if check.Holds(v) {
		return nil
	}
	f := Refuse(reason.CheckFailed, nil, "claim %s is %s, a %s; the check wants %s", check.Path(), t.Shown(check.Path(), v), jsonType(v), check)
	f.Claim = check.Path()
	return f
}

// jsonType returns the JSON type of a value. It reveals nothing about a person, and a wrong type is a frequent cause.
func jsonType(v claims.Value) string {
	switch raw := v.Raw(); {
	case raw == "":
		return "claim without a value"
	case raw[0] == '"':
		return "string"
	case raw[0] == '[':
		return "list"
	case raw[0] == '{':
		return "object"
	case raw[0] == 't' || raw[0] == 'f':
		return "boolean"
	}
	return "number"
}

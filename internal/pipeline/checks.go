package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// enforceChecks reports every check that fails.
func enforceChecks(_ context.Context, t *Run) *Fault { return t.enforce(t.Rules.Checks) }

func (t *Run) enforce(checks []claims.Check) *Fault {
	var first *Fault
	for _, check := range checks {
		for _, failed := range check.Failed(t.Claims) {
			fault := t.checkFault(failed)
			if first == nil {
				first = fault
			} else {
				first.Also = append(first.Also, fault)
			}
		}
	}
	return first
}

// checkFault explains why the claims do not satisfy a check. It reports a missing claim only if all claims of the check are absent,
// and the check would fail without any claims. Otherwise the check fails because of values.
func (t *Run) checkFault(failed claims.Check) *Fault {
	paths := failed.Paths()
	if len(paths) == 0 {
		return Refuse(reason.CheckFailed, nil, "the check %s is invalid, and always fails", failed)
	}
	missing := absent(t.Claims, paths)
	if len(missing) == len(paths) && len(failed.Failed(claims.Set{})) > 0 {
		return t.missingFault(reason.CheckClaimMissing, paths...)
	}
	f := Refuse(reason.CheckFailed, nil, "%s; the check requires %s", t.describe(paths), failed)
	f.Claim = paths[0]
	for _, p := range paths {
		if !slices.Contains(missing, p) {
			f.Claim = p
			break
		}
	}
	return f
}

// describe names the claims, with the values that the operator may see.
func (t *Run) describe(paths []claims.Path) string {
	parts := make([]string, 0, min(len(paths), maxDescribed))
	for _, p := range paths[:min(len(paths), maxDescribed)] {
		if v, ok := t.Claims.Lookup(p); ok {
			parts = append(parts, fmt.Sprintf("claim %s is %s, a %s", p, t.Shown(p, v), jsonType(v)))
		} else {
			parts = append(parts, fmt.Sprintf("claim %s is absent or null", p))
		}
	}
	return strings.Join(parts, "; ")
}

const maxDescribed = 10

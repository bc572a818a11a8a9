package pipeline

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/record"
)

// Shown is a claim's value, as far as the operator may see it.
func (t *Run) Shown(p claims.Path, v claims.Value) string {
	if t.Engine.ShowClaimValues || record.Impersonal(p.String()) {
		return record.Short(v.Raw())
	}
	return record.Hidden
}

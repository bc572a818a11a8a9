package decision

import "github.com/knownbearer/knownbearer/oidcauth/reason"

// ShadowChange says how the verdict of a shadow configuration differs from the decision about a request.
type ShadowChange string

// The changes.
const (
	// ShadowRefuses means that the request was accepted, and the shadow refuses it.
	ShadowRefuses ShadowChange = "refuses"
	// ShadowAccepts means that the request was refused, and the shadow accepts it.
	ShadowAccepts ShadowChange = "accepts"
	// ShadowReason means that both refuse the request, for different reasons.
	ShadowReason ShadowChange = "reason"
	// ShadowIdentity means that both accept the request, with different identities.
	ShadowIdentity ShadowChange = "identity"
	// ShadowUnknown means that the shadow cannot judge the request without a call that the configuration in effect did not make.
	ShadowUnknown ShadowChange = "unknown"
)

// ShadowChanges returns all changes.
func ShadowChanges() []ShadowChange {
	return []ShadowChange{ShadowRefuses, ShadowAccepts, ShadowReason, ShadowIdentity, ShadowUnknown}
}

// Shadow describes how a shadow configuration judges one request. Nothing about the request depends on it.
type Shadow struct {
	Change ShadowChange `json:"change"`
	// LiveReason is the reason for which the request was refused. It is empty if the request was accepted.
	LiveReason reason.Reason `json:"live_reason,omitempty"`
	// Reason is the reason for which the shadow refuses the request. It is empty if the shadow does not refuse it.
	Reason reason.Reason `json:"reason,omitempty"`
	// Detail is one sentence for the operator: about the fault that the shadow finds, or why it cannot judge the request.
	Detail string `json:"detail,omitempty"`
	// Step is the name of the step that the shadow cannot judge. It is empty unless Change is ShadowUnknown.
	Step string `json:"step,omitempty"`
	// Identity names the parts of the identity that differ: user, name, tenant, roles or scopes.
	Identity []string `json:"identity,omitempty"`
	// Hints explain Reason, the best one first. They are empty beyond the limits of the log.
	Hints []Hint `json:"hints,omitempty"`
}

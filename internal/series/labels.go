package series

import (
	"cmp"
	"slices"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The closed sets of the words.
var (
	Reasons   = reason.All()
	Endpoints = []decision.Endpoint{
		decision.EndpointDiscovery, decision.EndpointKeys, decision.EndpointUserInfo, decision.EndpointIntrospection, decision.EndpointToken,
		decision.EndpointRevocation, decision.EndpointPushedAuthorization, decision.EndpointGroups, decision.EndpointUsers,
	}
	Results  = []decision.Result{decision.Succeeded, decision.Declined, decision.Unavailable}
	Outcomes = []decision.Outcome{decision.Passed, decision.Failed, decision.Skipped}
	changes  = decision.ShadowChanges()
)

// other stands for each word that is in none of the sets: an application makes up reasons, and a later version of package decision
// has more words.
const other = "other"

func known[T ~string](value T, all []T) string {
	if slices.Contains(all, value) {
		return string(value)
	}
	return other
}

// Reason returns the label of a reason.
func Reason(r reason.Reason) string { return known(r, Reasons) }

// Endpoint returns the label of an endpoint.
func Endpoint(e decision.Endpoint) string { return known(e, Endpoints) }

// Result returns the label of the result of a call.
func Result(r decision.Result) string { return known(r, Results) }

// Outcome returns the label of a revocation at the provider.
func Outcome(o decision.Outcome) string { return known(o, Outcomes) }

// Shadow returns the labels of a change: its kind, and the reason of the shadow or, if the shadow accepts the request, that of its
// refusal. The reason is empty if there is none.
func Shadow(s *decision.Shadow) (change, why string) {
	return known(s.Change, changes), optional(cmp.Or(s.Reason, s.LiveReason))
}

// SignOut returns the reason for which a session ended. It is empty if the user signed out here.
func SignOut(s *decision.SignOut) string {
	if s == nil {
		return ""
	}
	return optional(s.Reason)
}

func optional(r reason.Reason) string {
	if r == "" {
		return ""
	}
	return Reason(r)
}

// Success returns the label of a call that has this fault, or none.
func Success(fault string) string {
	if fault == "" {
		return "succeeded"
	}
	return "failed"
}

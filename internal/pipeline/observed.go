package pipeline

import (
	"reflect"
	"slices"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// Observed contains the results of a run that the run of a shadow uses instead of asking the provider, the user store or a list.
type Observed struct {
	At    int    // the step that refused the token
	Fault *Fault // nil if the token was accepted

	step        StepID // that of At, if there is a fault of a step
	rules       *Rules
	tenant      string
	form        Form
	keys        Keys
	established Facts
	provider    providerState
	cached      *cachedToken
	users       *foundUsers
	mayFetch    bool // the run of the shadow may fetch keys
}

// Observe returns the results of the run. Call it after Verify, and before the run is used again.
func (t *Run) Observe(at int, fault *Fault) *Observed {
	o := &Observed{
		At: at, Fault: fault, rules: t.Rules, tenant: t.Tenant, form: t.Form, keys: t.Keys, established: t.Established,
		provider: t.provider, cached: t.cached, users: t.found,
	}
	if fault != nil && at >= 0 {
		o.step = Steps[at].ID
	}
	if fault == nil && o.users == nil && t.Rules.Users != nil { // the user was cached
		q, _ := t.UserQuery() // it has no fault, because the step has passed
		o.users = &foundUsers{query: q, users: []usermap.User{t.User}}
	}
	return o
}

// ObserveCached returns the results of the run that would accept a cached token by its Attachment.
func (e *Engine) ObserveCached(in Input) *Observed {
	t := e.Begin(in)
	t.fromCache()
	return t.Observe(len(Steps), nil)
}

// passed reports whether the run has passed the step.
func (o *Observed) passed(id StepID) bool {
	if o.Fault == nil {
		return true
	}
	at := slices.IndexFunc(Steps, func(s Step) bool { return s.ID == id && s.Forms&o.form != 0 })
	return at >= 0 && at < o.At
}

// faultAt returns the fault if this step has found it, or nil.
func (o *Observed) faultAt(id StepID) *Fault {
	if o.Fault != nil && o.At >= 0 && o.step == id {
		return o.Fault
	}
	return nil
}

// refusedBy returns the fault if it has one of these reasons, or nil.
func (o *Observed) refusedBy(reasons ...reason.Reason) *Fault {
	for _, r := range reasons {
		if o.Fault != nil && o.Fault.Reason == r {
			return o.Fault
		}
	}
	return nil
}

// sharesProvider reports whether the rules and those of the run have the same issuer, and ask it with the same object.
func (o *Observed) sharesProvider(rules *Rules, of func(*Rules) any) bool {
	return o.rules != nil && o.rules.URL == rules.URL && identical(of(o.rules.Declared), of(rules.Declared))
}

// identical reports whether two values of interface types are the same. Values that cannot be compared are not.
func identical(a, b any) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if !x.IsValid() || !y.IsValid() {
		return x.IsValid() == y.IsValid()
	}
	return x.Type() == y.Type() && x.Comparable() && y.Comparable() && x.Equal(y)
}

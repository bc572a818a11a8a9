package pipeline

import (
	"fmt"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Fault is what a step found wrong. It is not redacted: its cause may repeat the token.
type Fault struct {
	Reason reason.Reason
	Detail string // one sentence for the operator; may be empty
	Err    error  // the cause, if there is one

	Claim  claims.Path // that is missing or not as it should be
	Scopes []string    // that are required
	Also   []*Fault    // further faults of the same step
}

// Abstain is how a step says that it cannot judge. It is no refusal, and has no reason.
func Abstain(why string) *Fault { return &Fault{Detail: why} }

func Refuse(reason reason.Reason, cause error, format string, args ...any) *Fault {
	return &Fault{Reason: reason, Detail: fmt.Sprintf(format, args...), Err: cause}
}

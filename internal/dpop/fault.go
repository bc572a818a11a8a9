package dpop

import "fmt"

// Kind is the kind of fault for which a proof is refused.
type Kind uint8

// The kinds.
const (
	Invalid      Kind = iota + 1 // the proof is malformed, unsigned, badly signed or incomplete
	OtherRequest                 // htm or htu is that of another request
	OtherToken                   // ath is that of another token
	OtherKey                     // the key is not that of the token
	Clock                        // iat is too old or in the future
	Nonce                        // the nonce is missing, old or from elsewhere
)

// Fault is the reason for which a proof is refused. Its text may contain claims of the proof, which its sender wrote.
type Fault struct {
	Kind   Kind
	Detail string
	// OtherMethod and OtherOrigin report that the proof names another method or another origin. Both are false if only the path
	// differs.
	OtherMethod, OtherOrigin bool
	// Actual and Expected are the methods or origins that differ. They are empty for other faults.
	Actual, Expected string
}

func (f *Fault) Error() string { return "dpop: " + f.Detail }

func refuse(kind Kind, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

package decision

import (
	"fmt"

	"github.com/knownbearer/knownbearer/internal/record"
)

// Finding is one result of [github.com/knownbearer/knownbearer/oidcauth.Authenticator.Diagnose].
type Finding struct {
	// Outcome is Passed, Risky or Failed.
	Outcome Outcome `json:"outcome"`
	// Issuer is the configured issuer. It is empty if the finding concerns all issuers.
	Issuer string `json:"issuer,omitempty"`
	// Subject is configuration, discovery, keys, clock, userinfo, introspection or users.
	Subject string `json:"subject"`
	// Text describes the finding.
	Text string `json:"text"`
	// Mends lists changes of the configuration or of the provider, where they are known.
	Mends []Mend `json:"mends,omitempty"`
}

// String returns the finding in one line, without control characters.
func (f Finding) String() string {
	if f.Issuer == "" {
		return record.Printable(fmt.Sprintf("%s: %s: %s", f.Outcome, f.Subject, f.Text))
	}
	return record.Printable(fmt.Sprintf("%s: %s of %s: %s", f.Outcome, f.Subject, f.Issuer, f.Text))
}

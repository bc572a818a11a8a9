package decision

import (
	"fmt"

	"github.com/knownbearer/knownbearer/internal/record"
)

// Severity is the severity of a finding.
type Severity string

// The severities.
const (
	// Fine means that there is nothing to do.
	Fine Severity = "ok"
	// Risky means that it works now, but should be changed.
	Risky Severity = "warning"
	// Failing means that tokens or users are refused because of it.
	Failing Severity = "problem"
)

// Finding is one result of [github.com/knownbearer/knownbearer/oidcauth.Authenticator.Diagnose].
type Finding struct {
	Severity Severity `json:"severity"`
	// Issuer is the configured issuer. It is empty if the finding concerns all issuers.
	Issuer string `json:"issuer,omitempty"`
	// Subject is configuration, discovery, keys, clock, userinfo, introspection or users.
	Subject string `json:"subject"`
	// Text describes the finding.
	Text string `json:"text"`
}

// String returns the finding in one line, without control characters.
func (f Finding) String() string {
	if f.Issuer == "" {
		return record.Printable(fmt.Sprintf("%s: %s: %s", f.Severity, f.Subject, f.Text))
	}
	return record.Printable(fmt.Sprintf("%s: %s of %s: %s", f.Severity, f.Subject, f.Issuer, f.Text))
}

package decision

import (
	"fmt"

	"github.com/knownbearer/knownbearer/internal/record"
)

// Severity says how bad a finding is.
type Severity string

// The severities.
const (
	Fine    Severity = "ok"
	Risky   Severity = "warning" // it works, and should not stay so
	Failing Severity = "problem" // tokens or users are refused because of it
)

// Finding is one thing that [github.com/knownbearer/knownbearer/oidcauth.Authenticator.Diagnose] looked at.
type Finding struct {
	Severity Severity `json:"severity"`
	Issuer   string   `json:"issuer,omitempty"` // the configured one; empty: it concerns all
	Subject  string   `json:"subject"`          // configuration, discovery, keys, clock, userinfo, introspection or users
	Text     string   `json:"text"`
}

func (f Finding) String() string {
	if f.Issuer == "" {
		return record.Printable(fmt.Sprintf("%s: %s: %s", f.Severity, f.Subject, f.Text))
	}
	return record.Printable(fmt.Sprintf("%s: %s of %s: %s", f.Severity, f.Subject, f.Issuer, f.Text))
}

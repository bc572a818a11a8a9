package decision

import (
	"fmt"

	"github.com/knownbearer/knownbearer/internal/record"
)

// Mend is one change that may remove the cause of a [Hint] or of a [Finding]. It is a proposal, which an operator reads before use: the
// condition of the Fix applies to it too. It changes nothing by itself, and never proposes an Insecure… setting.
//
// A value in it comes from the configuration, from a constant of a product or from a token whose signature is verified. It is quoted for
// its language. Any other value is a name in angle brackets, such as <client-id>, which the operator replaces.
type Mend struct {
	// Product is the product that Command is for, such as Keycloak. It is empty if Command is for no product or is empty.
	Product string `json:"product,omitempty"`
	// Go contains statements that change the configuration. In them, issuer is the oidcauth.Issuer and config the oidcauth.Config.
	Go string `json:"go,omitempty"`
	// Settings is the same change as a JSON merge patch (RFC 7396) of a settings document. The name of the provider is <name>, which
	// stands for the provider or application of the document.
	Settings string `json:"settings,omitempty"`
	// Command is a command of the product, for a POSIX shell. A command for ADFS is for PowerShell.
	Command string `json:"command,omitempty"`
}

// Lines returns the parts that are not empty, each in one line after its name, without control characters.
func (m Mend) Lines() []string {
	var out []string
	m.print("", func(cells ...string) {
		out = append(out, record.Printable(fmt.Sprintf("%-8s  %s", cells[0], cells[1])))
	})
	return out
}

// print prints the parts that are not empty.
func (m Mend) print(indent string, line func(...string)) {
	for _, part := range [...][2]string{{"Go", m.Go}, {"settings", m.Settings}, {"command", m.Command}} {
		if part[1] != "" {
			line(indent+part[0], part[1])
		}
	}
}

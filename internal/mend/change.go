package mend

import (
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Members are members of an object in a settings document.
type Members = map[string]any

// Name stands for the name of a provider or application in a settings document.
const Name = "<name>"

// OfIssuer changes the issuer with this URL. Statements is the change in Go, and members is the same change of a provider.
func OfIssuer(url, statements string, members Members) decision.Mend {
	if members == nil {
		return decision.Mend{Go: statements}
	}
	provider := Members{"issuer": Value(url, "issuer")}
	for name, value := range members {
		provider[name] = value
	}
	return decision.Mend{Go: statements, Settings: JSON(Members{"providers": Members{Name: provider}})}
}

// OfConfig changes settings that concern all issuers.
func OfConfig(statements string, members Members) decision.Mend {
	return decision.Mend{Go: statements, Settings: JSON(members)}
}

// Command is a command for a product. The product is empty for a command of the machine.
func Command(product, command string) decision.Mend {
	return decision.Mend{Product: product, Command: command}
}

// Package trace explains the decision about a token to the operator. It lists the steps and their details, every
// independent fault, and the hints. It removes tokens, secrets and personal claim values.
package trace

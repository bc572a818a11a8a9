// Package trace tells the operator what was decided about a token: the steps with what each one saw, every independent fault,
// and the hints. It redacts tokens, secrets and personal claim values.
package trace

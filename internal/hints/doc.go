// Package hints recognises known causes of a refusal. Each rule describes one cause, how to recognise it, and how to fix
// it.
//
// All rules are rows of tables with the same form. A rule that knows one product has the name of the product in its code, and a rule
// that guesses says so in its cause.
//
// To add a cause, write a [Rule] into the table of its subject, after more specific rules. Add two cases
// to the tests: one that the rule recognises, and a similar one that it does not. A rule reads only its [Case]. It uses no network or
// database, and never changes a verdict.
package hints

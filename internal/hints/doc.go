// Package hints is the catalogue of known causes of a refusal. Each rule says how a cause is recognised, and how it
// is fixed.
//
// To add a cause, write a [Rule] into the table of its subject, after more specific rules. Add a case that it
// recognises and a similar one that it does not to the tests. A rule reads only its [Case]. It uses no network or
// database, and never changes a verdict.
package hints

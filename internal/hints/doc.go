// Package hints is the catalogue of known causes of a refusal: how each is recognised from what can be observed, and
// its remedy.
//
// To add one, write a [Rule] into the table of its subject, behind those that are more specific, and a case with its
// near miss into the tests. A rule sees nothing but a [Case], asks nobody, and never changes a verdict.
package hints

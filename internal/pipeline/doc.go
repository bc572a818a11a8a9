// Package pipeline judges tokens.
//
// An [Engine] holds the [Rules] of each issuer and what they share: the user finder, the deny list, the cache of verified
// tokens. A [Run] takes one token through the table of [Steps]. Each step finds no fault or a [Fault], and establishes facts
// that later steps need. One runner serves requests, explanations, revocations, logout tokens and introspected JWTs.
//
// Nothing here knows an HTTP request, logs, or prints: package trace tells the operator what was found.
package pipeline

// Package pipeline verifies tokens.
//
// An [Engine] has the [Rules] of each issuer, and the parts that all issuers share: the deny list and the cache of verified
// tokens. A [Run] takes one token through the table of [Steps]. Each step returns a [Fault] or nil, and establishes [Facts]
// that later steps need. One runner serves requests, explanations, revocations and logout tokens. Checks that do not depend on
// the run are functions of claims, rules and time. The same functions check an introspected JWT.
//
// The package does not know HTTP requests, and writes no logs. Package trace describes the result of the steps for the operator.
package pipeline

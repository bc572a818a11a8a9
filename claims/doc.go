// Package claims reads claims from verified tokens and from UserInfo. A claim is found by its exact name or by a JSON
// Pointer. Its JSON type and all digits of a number are kept.
//
// [Parse] reads a JSON object into a [Set]. [Name] and [Pointer] make the [Path] of a claim. [Set.Lookup] and
// [Decode] read it, and a [Check] compares it with expected values. A [Fetcher] adds the claims of UserInfo to those of
// the token.
//
// All values are immutable and safe for concurrent use.
package claims

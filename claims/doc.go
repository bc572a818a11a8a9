// Package claims reads claims from verified tokens and from UserInfo. A claim is found by its exact name or by a JSON
// Pointer. Its JSON type and all digits of a number are kept.
//
// [Parse] reads a JSON object into a [Set]. [Name] and [Pointer] make the [Path] of a claim. [Set.Lookup] and [Decode] read
// the claim, and [Set.Decode] reads all claims into a struct. A [Check] is a condition on claims: [Equals] compares a claim
// with a value, and [AllOf], [AnyOf] and [Not] combine checks.
//
// A [Fetcher], an [Introspector] and a [Revoker] send requests about a token to the provider. A *provider.Client is all
// three; an application may write its own.
//
// All values are immutable and safe for concurrent use.
package claims

// Package claims reads claims from verified tokens and from UserInfo. A claim is found by its exact name or by a JSON
// Pointer. Its JSON type and all digits of a number are kept.
//
// [Parse] reads a JSON object into a [Set]. [Name] and [Pointer] make the [Path] of a claim. [Set.Lookup] and [Decode] read
// the claim, [Set.Decode] reads all claims into a struct, and a [Check] compares a claim with expected values.
//
// A [Fetcher], an [Introspector] and a [Revoker] send requests about a token to the provider. A *provider.Client is all
// three; an application may write its own.
//
// All values are immutable and safe for concurrent use.
package claims

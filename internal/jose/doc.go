// Package jose reads, verifies and makes compact JWS tokens (RFC 7515) and reads JWK sets (RFC 7517).
//
// It is the only package that imports the JOSE library, which reads keys and makes signatures; they are verified by the standard
// library. [Parse] and [ParseJWKS] look at the text first and let through only what has one meaning, so neither sees a
// header, a claim, or a member of a key that was not checked here.
//
// A parsed [Token] is not a verified one. A caller checks [Allowed], chooses a key that [Fits], and calls
// [Token.Verify]; whether the claims are acceptable is no concern of this package.
//
// Tokens and keys are immutable after parsing and safe for concurrent use; [Token.Hashed] and [Token.Forget] belong to
// whoever parsed the token, before anybody else has it.
package jose

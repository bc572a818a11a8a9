// Package jose parses, verifies and signs compact JWS tokens (RFC 7515) and parses JWK sets (RFC 7517).
//
// It is the only package that imports the JOSE library, which parses keys and signs. The standard library verifies
// signatures. [Parse] and [ParseJWKS] check the text themselves first and accept only what has a single meaning, so
// the library never sees a header, a claim or a member of a key that was not checked here.
//
// A parsed [Token] is not verified. The caller checks [Allowed], chooses a key that [Fits], and calls [Token.Verify].
// Checking the claims is up to the caller too.
//
// Tokens and keys are immutable after parsing and safe for concurrent use, except for [Token.Hashed] and
// [Token.Forget]: call these before the token is shared.
package jose

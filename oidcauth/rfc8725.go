// # RFC 8725
//
// The recommendations of JSON Web Token Best Current Practices (section 3), one by one, and the test that shows each.
//
//   - 3.1, algorithm verification: an allow-list, held against the header and against the key. TestVerdictSignatureAlgorithm,
//     TestVerdictKeysChoice.
//   - 3.2, appropriate algorithms: no "none", no HMAC, no PKCS #1 v1.5 encryption, RSA of at least 2048 bits.
//     TestVerdictSignatureAlgorithm, TestVerdictKeysOdd.
//   - 3.3, all cryptographic operations are validated: there is one signature, and any failure refuses. TestVerdictSignatureTampered.
//   - 3.4, cryptographic inputs are validated: points on the curve of the algorithm, no Ed25519 key of small order.
//     TestVerdictKeysOdd, TestVerdictKeysOfSmallOrder.
//   - 3.5, keys of sufficient entropy: verifying uses public keys alone, of at least 2048 bits. TestVerdictKeysOdd.
//   - 3.6, no compression of encrypted content: encrypted and compressed tokens are refused. TestVerdictChallenge,
//     TestVerdictSignatureAlgorithm.
//   - 3.7, UTF-8: anything else is refused. TestVerdictJSON.
//   - 3.8, issuer and subject are validated: keys are bound to their issuer, users are looked up. TestVerdictIssuer,
//     TestVerdictIssuerOfTwo, TestKeyOfAnotherIssuerNeverVerifies, TestVerdictUser.
//   - 3.9, the audience is validated: TestVerdictAudience.
//   - 3.10, received claims are not trusted: a kid is compared and never part of a query, jku, x5u, jwk and x5c are never
//     followed. TestVerdictKeysChoice, TestVerdictSignatureByTheAttackersKey, TestVerdictHygiene.
//   - 3.11, explicit typing: TestVerdictTypeOfHeader.
//   - 3.12, mutually exclusive rules for kinds of tokens: an access token opens no logout, a logout token no door.
//     TestVerdictTypeOfPayload, TestLogoutTokenIsJudgedByItsOwnRules, TestLogoutTokenIsNoAccessToken.
package oidcauth

// # RFC 8725
//
// This list follows section 3 of JSON Web Token Best Current Practices. Each recommendation has the behaviour of this package
// and the tests that check it.
//
//   - 3.1, perform algorithm verification: the alg must be in Algorithms and fit the key. TestVerdictSignatureAlgorithm,
//     TestVerdictKeysChoice.
//   - 3.2, use appropriate algorithms: "none", HMAC and encryption with RSA PKCS #1 v1.5 are refused; RSA keys need at least 2048
//     bits. TestVerdictSignatureAlgorithm, TestVerdictKeysOdd.
//   - 3.3, validate all cryptographic operations: a token has one signature, and is refused if it does not verify.
//     TestVerdictSignatureTampered.
//   - 3.4, validate cryptographic inputs: a point must be on the curve of the algorithm; Ed25519 keys of small order are refused.
//     TestVerdictKeysOdd, TestVerdictKeysOfSmallOrder.
//   - 3.5, ensure cryptographic keys have sufficient entropy: signatures are verified with public keys only, and RSA keys need at
//     least 2048 bits. TestVerdictKeysOdd.
//   - 3.6, avoid compression of encryption inputs: encrypted and compressed tokens are refused. TestVerdictChallenge,
//     TestVerdictSignatureAlgorithm.
//   - 3.7, use UTF-8: other encodings are refused. TestVerdictJSON.
//   - 3.8, validate issuer and subject: keys are bound to their issuer, and users are looked up. TestVerdictIssuer,
//     TestVerdictIssuerOfTwo, TestVerdictSVID, TestKeyOfAnotherIssuerNeverVerifies, TestVerdictUser.
//   - 3.9, use and validate audience: aud must contain a configured audience. TestVerdictAudience.
//   - 3.10, do not trust received claims: a kid is compared with the kids of keys. Only certsource.KeyURL sends it, to the configured
//     host, and only if it is a UUID; jku, x5u, jwk and x5c are ignored. TestVerdictKeysChoice, TestOnlyAUUIDIsSent,
//     TestVerdictSignatureByTheAttackersKey, TestVerdictHygiene.
//   - 3.11, use explicit typing: if the header has a typ, it must be at+jwt or JWT, or that of a JWT-SVID. TestVerdictTypeOfHeader,
//     TestVerdictSVID.
//   - 3.12, use mutually exclusive validation rules for different kinds of JWTs: an access token is not accepted as a logout token,
//     and a logout token is not accepted as an access token. TestVerdictTypeOfPayload, TestLogoutTokenIsCheckedByItsOwnRules,
//     TestLogoutTokenIsNoAccessToken.
package oidcauth

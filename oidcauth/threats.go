// # Threats
//
// Who attacks, with what; what stops it; the test that shows it.
//
// An attacker sends tokens and headers:
//
//   - A forged signature, "none", HMAC with a public key, his own key in the header: TestVerdictSignatureByTheAttackersKey,
//     TestVerdictSignatureAlgorithm. Nothing that a token names is fetched or trusted.
//   - A genuine token of another kind, API, client or time: TestVerdictTypeOfPayload, TestVerdictAudience,
//     TestVerdictAudienceParty, TestVerdictTimeBoundaries.
//   - One that two readers take for two things: TestVerdictJSON, TestVerdictTransportEncoding.
//   - Huge, deep or endless ones: TestVerdictLimits, TestCostOfAHeaderIsBounded. See Limits.
//   - A flood of unknown kids, to keep a rotation from being seen or the provider busy: a budget of fetches, and the next one
//     sees the new key. TestNewKeyVerifiesDuringAFloodOfUnknownKids, TestVerdictRotationKidNamedBefore.
//   - A flood of refusals, to fill the log or a cache: TestRecordsOfOneReasonAreBounded, TestRefusedTokensAreNotKept.
//   - Text that a log viewer or browser would obey: TestVerdictHygiene.
//   - A stolen token: until it ends, unless it is revoked. TestRevokedTokenIsRefusedOnTheNextRequest. A token that is bound to
//     a key is refused, since no proof is checked: TestVerdictTypeOfPayload.
//
// An attacker owns another issuer that is trusted too:
//
//   - He signs in the other's name, or under the other's kid: keys are bound to their issuer. TestIssuerNamesNoUsersOfAnother,
//     TestKeyOfAnotherIssuerNeverVerifies.
//   - He names the other's users: the issuer is part of the lookup, if the store has a column for it. Without one, he can.
//     TestIssuerNamesNoUsersOfAnother.
//   - He is another tenant of a templated issuer: TestTemplatedIssuerIsBoundToTheTenantOfTheToken.
//   - His endpoints hang, or he floods: each issuer has its own fetches and budget. TestHangingIssuerDelaysNoOther,
//     TestFloodedIssuerStarvesNoOther.
//   - His discovery document leads to what listens on this machine: TestDocumentOverTLSNamesNoPlainEndpoint. Hosts of
//     the inner network that speak https can be asked for; nothing of the answer is told.
//   - He writes long texts for the log: TestLongTextOfAProviderIsCut.
//   - He logs out so many sessions of his that the deny list is full: revoking is an error from then on, and nothing is
//     forgotten. TestFullListForgetsNothingBeforeItsTime. A list is shared by all issuers.
//
// An attacker reads responses and timings:
//
//   - Users that are unknown, ambiguous or disabled, and claims that are missing or wrong, are answered alike:
//     TestClientSeesOneAnswerForEveryUserFault.
//   - Refusals of one status are the same bytes, whatever the token: TestRefusalsOfOneStatusAreEqual.
//   - An unknown kid takes longer than a known one, and a token seen before is faster: which keys a provider has is public, and
//     who has the token may know that it was used. No secret is compared: keys of caches and deny lists are hashes.
//
// A provider is slow, wrong or rotating:
//
//   - It hangs, drips, breaks off, floods, or its TLS or DNS fails: held keys serve, no request waits that needs nothing of it,
//     and it is believed again within the interval. TestStartDuringAnOutageRecovers, TestKeyEndpointOutageRecovers, TestDiscoveryOutageRecovers,
//     TestUserInfoOutageRecovers, TestOutageLeavesNothingBehind.
//   - Its connection is dead without a word: TestDeadConnectionIsLeftAfterOneFailure.
//   - It rotates: TestKeyPublishedBeforeItsFirstUseVerifies, TestKeyPublishedWithItsFirstUseVerifies,
//     TestKeyPublishedAfterItsFirstUseVerifies, TestKeyPublishedWhileAFetchIsUnderWayIsFoundByTheNext.
//   - It replaces a key under its kid: TestVerdictRotationUnderOneKid. A forger makes it look so:
//     TestVerdictRotationFloodUnderAKnownKid.
//   - The clock was ahead and is set back: TestWithdrawnKeyIsRefusedAfterTheClockWasSetBack.
//   - It withdraws a key: that key is trusted until the next fetch, 10 min under traffic; after a quiet time the first request
//     may still meet it, up to 24 h. Refresh.MaxStale bounds it. TestVerdictRotationKeyRemovedIsTrustedNoLonger.
//   - It publishes private, symmetric, weak or odd keys: TestVerdictKeysOdd, TestVerdictKeysOfSmallOrder.
//   - It is another's: TestVerdictDiscoveryDocument, TestVerdictDiscoveryRedirects. A man in the middle: TLS, and
//     TestPrivateCAOrPinnedCertificate.
//   - UserInfo answers for another subject: TestVerdictUserInfoAnswers, TestVerdictUserInfoSubject.
//   - Another token of the issuer stands in for a signed answer, or a discovered key for a pinned one: TestVerdictUserInfoSigned,
//     TestAnswersOfAPinnedIssuerAreVerifiedByItsKeys.
//
// An operator errs:
//
//   - What could wrongly admit a token is refused by [New], by the name of the field: TestConfigurationThatCouldAdmitIsRefused,
//     TestVerdictCertificateTextThatDoesNotParse.
//   - What is risky is warned of, and found by [Authenticator.Diagnose]: TestRiskyConfigurationWarns, TestDiagnoseFindsFaults.
//   - What weakens security has Insecure in its name. Logs hold no token, and personal values only where that is switched on:
//     TestOutputsHoldNoTokenAndNoPersonalValue, TestErrorsOfDependenciesAreRedacted.
package oidcauth

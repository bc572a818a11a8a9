// # Threats
//
// This section lists attackers, operating faults, the protection against each, and the tests that check it.
//
// An attacker sends tokens and headers:
//
//   - A token with a forged signature, with alg "none", with HMAC by a public key, or with the attacker's key in its header is
//     refused. No URL or key in a token is fetched or trusted. TestVerdictSignatureByTheAttackersKey,
//     TestVerdictSignatureAlgorithm.
//   - A genuine token of another kind, for another API or client, or outside its time is refused. TestVerdictTypeOfPayload,
//     TestVerdictAudience, TestVerdictAudienceParty, TestVerdictTimeBoundaries.
//   - A token names a URL of its groups in _claim_sources. Only the configured host of Microsoft Graph is called, and further pages
//     are read only there. TestGroupsAreFetchedPageByPage, TestLinksToAnotherHost.
//   - A token that refers to claims instead of containing them does not pass a check that requires their absence.
//     TestVerdictDistributedClaims.
//   - A request carries two tokens in different places. Only the configured place is read, and two tokens there are refused, so
//     a proxy and this package never see two identities in one request. TestVerdictNamedHeader, TestVerdictWebSocketProtocol.
//   - A connection that began with a good token ends when the token expires or is revoked, if the handler uses Watch.
//     TestWatchEndsAtExpiry, TestWatchEndsAtRevocation.
//   - An authentication of the user that is too old, in the future or not stated does not meet RequireAuthentication.
//     TestVerdictAuthentication.
//   - A token that two parsers could read differently is refused. TestVerdictJSON, TestVerdictTransportEncoding.
//   - Huge, deeply nested or endless input is limited; see Limits. TestVerdictLimits, TestCostOfAHeaderIsBounded.
//   - A flood of unknown kids could hide a key rotation or overload the provider. It causes a limited number of fetches, and
//     the next permitted fetch finds the new key. TestNewKeyVerifiesDuringAFloodOfUnknownKids,
//     TestVerdictRotationKidNamedBefore.
//   - A flood of refused tokens fills neither the log nor a cache. TestRecordsOfOneReasonAreBounded, TestRefusedTokensAreNotCached.
//   - Control characters and markup that a log viewer or a browser would interpret are escaped or removed. TestVerdictHygiene.
//   - A stolen token is accepted until it expires, unless it is revoked. TestRevokedTokenIsRefusedOnTheNextRequest. A token
//     that is bound to a key is refused without the key: a DPoP proof for this request, or the client certificate.
//     TestVerdictProof, TestVerdictClientCertificate, TestCachedBoundTokenNeedsItsProof.
//   - A DPoP proof is refused if it was used before, or if it was made for another request, for another token or at another time.
//     Its URL is compared with the configuration, and not with headers of the request. TestOneProofIsAcceptedOnce, TestVerdictProofReplayed.
//   - A client sends the header in which a proxy passes on certificates. The header is read from configured proxies only.
//     TestVerdictClientCertificate, TestPossessionThatIsMisconfigured.
//
// An attacker controls another trusted issuer:
//
//   - It signs tokens with another issuer's iss or kid. Keys are bound to their issuer. TestIssuerNamesNoUsersOfAnother,
//     TestKeyOfAnotherIssuerNeverVerifies.
//   - It issues tokens with the subjects of another issuer's users. The user lookup includes the issuer if the user store has a
//     column for it. Without such a column, this attack succeeds. TestIssuerNamesNoUsersOfAnother.
//   - It is another tenant of a templated issuer. iss must contain the tenant of the token. TestTemplatedIssuerIsBoundToTheTenantOfTheToken.
//   - Its endpoints hang, or it sends a flood. Each issuer has fetches and limits of its own. TestHangingIssuerDelaysNoOther,
//     TestFloodedIssuerStarvesNoOther.
//   - Its discovery document contains URLs of this machine. An https document cannot name an http endpoint.
//     TestDocumentOverTLSNamesNoPlainEndpoint. It can still cause https requests to hosts of the internal network, but the issuer
//     does not get their answers.
//   - It sends long texts to fill the log. TestLongTextOfAProviderIsCut.
//   - It sends logouts until the deny list is full. The list keeps all its entries, and further revocations and logouts fail
//     with an error. All issuers share one list. TestFullListRemovesNoEntryBeforeItsEnd.
//
// An attacker observes responses and their timing:
//
//   - The answer is the same if a user is unknown, ambiguous or disabled, and if a claim is missing or wrong.
//     TestClientSeesOneAnswerForEveryUserFault.
//   - Two refusals with the same status have the same bytes, except for the decision id. Missing credentials, a missing scope and
//     a required authentication are exceptions: the client must know them. TestRefusalsOfOneStatusAreEqual.
//   - An unknown kid takes longer than a known one, and a cached token is faster than a new one. This discloses which keys the
//     provider publishes, which is public, and that a token was used before, to a client that has the token. Lookups in caches
//     and deny lists compare hashes, so their timing discloses no secret.
//
// A provider is slow, faulty or changes its keys:
//
//   - It hangs, answers slowly, closes connections, sends too much, or its TLS or DNS fails. Cached keys remain in use, requests
//     that need nothing from it do not wait, and the first fetch after the recovery succeeds. TestStartDuringAnOutageRecovers,
//     TestKeyEndpointOutageRecovers, TestDiscoveryOutageRecovers, TestUserInfoOutageRecovers, TestOutageLeavesNothingBehind.
//   - Its connection is dead, but was not closed. TestDeadConnectionIsLeftAfterOneFailure.
//   - It rotates its keys. TestKeyPublishedBeforeItsFirstUseVerifies, TestKeyPublishedWithItsFirstUseVerifies,
//     TestKeyPublishedAfterItsFirstUseVerifies, TestKeyPublishedWhileAFetchIsUnderWayIsFoundByTheNext.
//   - It replaces a key and keeps the kid. TestVerdictRotationUnderOneKid. An attacker imitates this with forged signatures.
//     TestVerdictRotationFloodUnderAKnownKid.
//   - The clock was ahead and is set back. TestWithdrawnKeyIsRefusedAfterTheClockWasSetBack.
//   - It withdraws a key. The key is trusted until the next fetch: 10 min if there are requests. After a time without requests,
//     the first request may still use the key, up to 24 h after the last fetch. Refresh.MaxStale shortens this time.
//     TestVerdictRotationKeyRemovedIsTrustedNoLonger.
//   - It publishes private, symmetric, weak or malformed keys. They are not used. TestVerdictKeysOdd, TestVerdictKeysOfSmallOrder.
//   - Its discovery document is that of another issuer. TestVerdictDiscoveryDocument, TestVerdictDiscoveryRedirects.
//   - An attacker is between this service and the provider. TLS protects all requests. TestPrivateCAOrPinnedCertificate.
//   - UserInfo answers for another subject. The token is refused. TestVerdictUserInfoAnswers, TestVerdictUserInfoSubject.
//   - A signed answer is replaced by another token of the issuer, or is signed by a discovered key although keys are pinned. It is
//     refused. TestVerdictUserInfoSigned, TestAnswersOfAPinnedIssuerAreVerifiedByItsKeys.
//
// An operator makes a mistake:
//
//   - A configuration that could wrongly admit a token is refused by [New], with the name of the field.
//     TestConfigurationThatCouldAdmitIsRefused, TestVerdictCertificateTextThatDoesNotParse.
//   - A risky configuration causes a warning of New, and a finding of [Authenticator.Diagnose]. TestRiskyConfigurationWarns,
//     TestDiagnoseFindsFaults.
//   - A setting that weakens security has Insecure in its name. Logs contain no token, and personal values only with
//     [Config.ShowClaimValues]. TestOutputsContainNoTokenAndNoPersonalValue, TestErrorsOfDependenciesAreRedacted.
package oidcauth

// # Limits
//
// All input from outside is limited. Each line contains a limit and its tests. They check a value at the limit and a value
// beyond it.
//
//	Authorization headers       1                      TestVerdictTransportElsewhere
//	  or places of a token      1                      TestVerdictNamedHeader, TestVerdictWebSocketProtocol
//	subprotocols of a WebSocket the server's limit     TestHugeSubprotocolsCostLittle
//	length of a header          the server's limit;    TestHugeRequestCostsLittle
//	                            64 KiB are read
//	token, JWT or opaque        64 KiB                 TestVerdictLimits, TestOpaqueTokenIsBounded
//	  sent to UserInfo          16 KiB                 TestTextThatIsNoTokenIsNotSent
//	levels of JSON              16                     TestLimitsAreExact
//	members and elements        4096; of a key set     TestLimitsAreExact
//	                            32768
//	signatures tried            4                      TestVerdictKeysChoice
//	body of a logout            65 KiB                 TestLogoutBodyIsBounded
//
//	key set, certificates,      1 MiB, decompressed    TestLimitsAreExact, TestBodiesAreBounded
//	discovery, UserInfo
//	header of an answer         64 KiB (not with your  TestResponseHeadersAreBounded
//	                            own Transport)
//	keys of a set               1000 usable ones;      TestVerdictKeysChoice
//	                            others are reported
//	DPoP proof                  8 KiB                  TestVerdictProof
//	DPoP proofs remembered      100,000, then 503      TestFullStoreOfProofsRefuses
//	header with a certificate   64 KiB                 TestForms
//	certificates of a text      100                    TestCertificatesAreBounded
//	  of a folder or endpoint   100; others are        TestCertificatesAreBounded
//	                            reported
//	files of a folder           10,000 of 1 MiB        TestFilesOfAFolderAreBounded
//	redirects                   3 within the origin;   TestVerdictDiscoveryRedirects
//	                            none with credentials
//	time of a request           5 s                    TestTimeIsBounded
//	time of a refresh           10 s                   TestTimeOfAFlightIsBounded
//
//	fetches of a source         3, then 1 each 5 s     TestBudgetBoundsAFlood
//	  requests waiting          1000                   TestOneFlightForManyCallersAndAtMost1000Wait
//	  time to wait for a turn   2 s                    TestRefreshWaitsForItsTurn
//	  after a bad signature     1 each 5 s for a key   TestForgedSignaturesUnderAKnownKeyCauseOneFetch
//	    requests waiting        500                    TestForgedSignaturesDoNotHideARotation
//	missing kids remembered     1024                   TestMissingKidsAreBounded
//	keys of a KeyURL            20, 4 kids a fetch     TestKeysOfAKeyURLAreBoundedAndWithdrawn,
//	                                                   TestFloodOfInventedKidsIsBounded
//	keys cached                 24 h without a fetch   TestKeyEndpointOutageRecovers
//	roles of a token            1000 of 256 bytes      TestRolesAreBounded
//	verified tokens cached      10,000, 64 MiB         TestDefaultBounds,
//	                                                   TestCacheCountsTheMemoryOfItsTokens
//	  requests waiting          1000                   TestCallersThatWaitAreBounded
//	users of sessions cached    as many                TestCachedUsersOfSessionsAreBounded
//	answers of UserInfo and     1000, 8 MiB each       TestDefaultBounds
//	  introspection cached
//	  concurrent calls          64                     TestRequestsThatWaitAreBounded
//	  calls that ignore their   1000; after 11 s,      TestCallsThatDoNotReturnAreBounded
//	  context                   requests do not wait
//	  requests waiting          1000                   TestRequestsThatWaitAreBounded
//	  calls after 5 failures    none for 5 s, then 5   TestFailingEndpointIsNotCalledForAWhile
//	                            at once
//	exchanged tokens cached     10,000, 32 MiB         TestExchangedTokensAreBounded
//	  refusals                  10 s                   TestErrorsOfExchangesAreNotKeptForLong
//	client assertion of a file  64 KiB                 TestFilesWithoutAnAssertion
//	groups of Entra ID          10,000 of a user, of   TestRefusalsOfGraph
//	                            1000 users, 8 MiB
//	  pages of Graph            200                    TestPagesAreBounded
//	entries of the deny list    Memory.Entries, then   TestFullListRemovesNoEntryBeforeItsEnd
//	                            Revoke fails
//	  of one user               100, then one entry    TestLogoutsOfOneUserAreBounded
//	                            for all tokens issued  TestRevocationsOfOneUserAreBounded
//	                            until then
//	  of one client, for        the same               TestRevocationsOfOneClientAreBounded
//	  tokens without a user
//	  of tokens without iat     1000, then Revoke      TestRevocationsOfUndatedTokensAreBounded
//	                            fails
//	  users counted             10,000                 TestQuotasOfManyUsers
//
//	records of the log          100, then 10 a second, TestRecordsOfOneReasonAreBounded
//	                            for each reason
//	  at ERROR                  1 a minute             TestOutageIsAnErrorOnceAMinute
//	  of a panic                1 a minute             TestPanicOfTheApplicationIsLogged
//	  text of an error          4 KiB                  TestCostDependsOnTheLengthOfTheResult
//	  text of a provider        300 bytes, 20 keys     TestLongTextOfAProviderIsCut
//	refusals that a page shows  1000, 4 MiB            TestMemoryIsBounded
//	  causes counted            128                    TestMemoryIsBounded
//	  text pasted               1 MiB                  TestLongPasteIsRefused
package oidcauth

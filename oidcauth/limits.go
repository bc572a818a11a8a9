// # Limits
//
// Everything that comes from outside is bounded. Each line names the bound, and the test that goes as far as it and one
// further.
//
//	Authorization headers       1                      TestVerdictTransportElsewhere
//	length of a header          the server's; of a     TestHugeRequestCostsLittle
//	                            longer one than a
//	                            token, 64 KiB are read
//	token, JWT or opaque        64 KiB                 TestVerdictLimits, TestOpaqueTokenIsBounded
//	  sent to UserInfo          16 KiB                 TestWhatIsNoTokenIsNotSent
//	levels of JSON              16                     TestLimitsHoldExactly
//	members and elements        4096; of a key set     TestLimitsHoldExactly
//	                            32768
//	signatures tried            4                      TestVerdictKeysChoice
//	body of a logout            65 KiB                 TestLogoutBodyIsBounded
//
//	key set, certificates,      1 MiB, decompressed    TestLimitsHoldExactly, TestBodiesAreBounded
//	discovery, UserInfo
//	header of an answer         64 KiB (not with your  TestResponseHeadersAreBounded
//	                            own Transport)
//	keys of a set               1000 that can be used, TestVerdictKeysChoice
//	                            others are noted
//	certificates of a text      100                    TestCertificatesAreBounded
//	  of a folder or endpoint   100, others are noted  TestCertificatesAreBounded
//	files of a folder           10,000 of 1 MiB        TestFilesOfAFolderAreBounded
//	redirects                   3, in the origin; with TestVerdictDiscoveryRedirects
//	                            credentials none
//	time of a request           5 s                    TestTimeIsBounded
//	time of a refresh           10 s                   TestTimeOfAFlightIsBounded
//
//	fetches of a source         3, then 1 each 5 s     TestBudgetBoundsAFlood
//	requests waiting for one    1000                   TestOneFlightForManyCallersAndAtMost1000Wait
//	  for its turn              2 s                    TestRefreshWaitsForItsTurn
//	  for forged signatures     1 each 5 s, for a key  TestForgedSignaturesUnderAKnownKeyCauseOneFetch
//	  waiting for one           500                    TestForgedSignaturesLeaveRoomForARotation
//	missing kids remembered     1024                   TestMissingKidsAreBounded
//	keys held                   24 h without a fetch   TestKeyEndpointOutageRecovers
//	verified tokens kept        10,000, 64 MiB         TestBoundsThatNobodySets,
//	                                                   TestCacheCountsWhatItsTokensTake
//	  requests waiting          1000                   TestCallersThatWaitAreBounded
//	answers of UserInfo and     1000, 8 MiB each       TestBoundsThatNobodySets
//	  introspection kept
//	  calls under way           64                     TestRequestsThatWaitAreBounded
//	  calls that ignore their   1000, each left alone  TestCallsThatDoNotReturnAreBounded
//	  context                   after 11 s
//	  requests waiting          1000                   TestRequestsThatWaitAreBounded
//	  calls after 5 failures    1 each 5 s             TestAnEndpointThatKeepsFailingIsLeftAloneForAWhile
//	what is denied              Memory.Entries, then   TestFullListForgetsNothingBeforeItsTime
//	                            revoking is an error
//	  because of one user       100, then one entry     TestLogoutsOfOneUserAreBounded
//	                            for all of the user's   TestRevocationsOfOneUserAreBounded
//	                            tokens issued until then
//	  because of one client     the same, of tokens that   TestRevocationsOfOneClientAreBounded
//	                            name no user
//	  of tokens without a date  1000, then revoking is  TestRevocationsOfUndatedTokensAreBounded
//	                            an error
//	    users counted           10,000                  TestShareOfManyUsers
//
//	records of the log          100, then 10 a second, TestRecordsOfOneReasonAreBounded
//	                            for each reason
//	  at ERROR                  1 a minute             TestOutageIsAnErrorOnceAMinute
//	  of a panic                1 a minute             TestPanicOfTheServiceIsToldToTheOperator
//	words of an error in it     4 KiB                  TestCostIsThatOfWhatIsKept
//	words of a provider in it   300 bytes, 20 keys     TestLongTextOfAProviderIsCut
package oidcauth

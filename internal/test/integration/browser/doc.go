// Package browser drives a real Chromium in tests. All tests of a package share one Chromium. It reaches no host but this machine.
//
//	func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }
//
//	tab := browser.Open(t) // in a test
//	tab.Go(address)
//
// Each call of [Open] gives a tab with cookies of its own; [Tab.Another] opens a further tab with the same cookies. A tab keeps the
// requests for documents, so that a test can count redirects.
//
// # What it needs
//
// The Debian package chromium. Without it a test is skipped, or fails when the environment says KNOWNBEARER_REQUIRE=1.
package browser

// Package operatorpage tests the page of Authenticator.DebugHandler in Chromium. It also makes the screenshots of the documentation:
//
//	go -C internal/test/integration test ./operatorpage -run TestScreenshots -update
package operatorpage

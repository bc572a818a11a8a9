// Package migration holds the code of .github/MIGRATION.md: for each library, a service before the change and after it. Its tests
// compare the page with the code, and run both services against one provider.
//
//	go -C internal/test/interop test ./migration -update    writes the page's code blocks again
package migration

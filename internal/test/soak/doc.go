// Package soak sends a service good, bad and huge tokens for a while, while its provider rotates keys and fails, and looks
// for what grows: goroutines, connections, memory.
//
//	go test -race -count=1 -v ./internal/test/soak -args -soak=30s
//
// And it sends 200 good tokens a second, under keys that rotate every few seconds, at the machine's own time; once alone,
// once beside attackers who name unknown kids:
//
//	go test -race -count=1 -v ./internal/test/soak -args -rotation=35s
//
// Without its flag a test is skipped.
package soak

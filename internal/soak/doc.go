// Package soak sends a service good, bad and huge tokens for a while, while its provider rotates keys and fails, and looks
// for what grows: goroutines, connections, memory.
//
//	go test -race -count=1 -v ./internal/soak -args -soak=30s
//
// Without -soak its test is skipped.
package soak

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
// And it replaces the configuration of a service while requests are sent, 60 times without the flag:
//
//	go test -race -count=1 -v ./internal/test/soak -run TestReloads -args -reloads=1000
//
// Without their flags, the other tests are skipped.
package soak

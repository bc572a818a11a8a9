package throwaway

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// Shared is a server that the tests of a package share. It starts when the first of them needs it.
type Shared[S interface{ Stop() error }] struct {
	start func() (S, error)

	once   sync.Once
	server S
	err    error
}

// Share shares the server that start returns.
func Share[S interface{ Stop() error }](start func() (S, error)) *Shared[S] {
	return &Shared[S]{start: start}
}

// Get returns the server, or ends the test as [Require] does.
func (s *Shared[S]) Get(tb testing.TB) S {
	tb.Helper()
	s.once.Do(func() { s.server, s.err = s.start() })
	Require(tb, s.err)
	return s.server
}

// Stop ends the server if it runs. Nothing can start it afterwards.
func (s *Shared[S]) Stop() error {
	running := true
	s.once.Do(func() { running, s.err = false, errStopped })
	if !running || s.err != nil { // the tests know about the error
		return nil
	}
	return s.server.Stop()
}

var errStopped = errors.New("throwaway: the shared server was stopped")

// Main runs the tests of a package, and then stops its shared servers. It returns the status for os.Exit.
func Main(m *testing.M, shared ...interface{ Stop() error }) int {
	code := m.Run()
	for _, s := range shared {
		if err := s.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

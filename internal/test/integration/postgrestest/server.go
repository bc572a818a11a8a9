package postgrestest

import (
	_ "embed"
	"errors"
	"fmt"
	"testing"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

//go:embed postgres.sh
var script string

// ErrMissing says that PostgreSQL is not installed.
var ErrMissing = fmt.Errorf("postgrestest: PostgreSQL (Debian: postgresql), or the user postgres for root to run it, is %w",
	throwaway.ErrMissing)

// A Server is a running PostgreSQL, or one that was killed.
type Server struct{ *throwaway.Server }

// Start starts a server of its own for each call.
func Start() (*Server, error) {
	s, err := throwaway.Start(script)
	if errors.Is(err, throwaway.ErrMissing) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("postgrestest: %w", err)
	}
	return &Server{s}, nil
}

// Require ends the test when err, of [Start], is not nil: it is skipped when PostgreSQL is missing and need not be there.
func Require(tb testing.TB, err error) {
	tb.Helper()
	throwaway.Require(tb, err)
}

// URL is what pgx connects to.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", s.Port())
}

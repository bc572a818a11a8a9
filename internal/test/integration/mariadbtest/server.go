package mariadbtest

import (
	_ "embed"
	"errors"
	"fmt"
	"testing"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

//go:embed mariadb.sh
var script string

// ErrMissing says that MariaDB is not installed.
var ErrMissing = fmt.Errorf("mariadbtest: MariaDB (Debian: mariadb-server), or the user mysql for root to run it, is %w",
	throwaway.ErrMissing)

// A Server is a running MariaDB, or one that was killed.
type Server struct{ *throwaway.Server }

// Start starts a server of its own for each call.
func Start() (*Server, error) {
	s, err := throwaway.Start(script)
	if errors.Is(err, throwaway.ErrMissing) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("mariadbtest: %w", err)
	}
	return &Server{s}, nil
}

// Require ends the test when err, of [Start], is not nil: it is skipped when MariaDB is missing and need not be there.
func Require(tb testing.TB, err error) {
	tb.Helper()
	throwaway.Require(tb, err)
}

// DSN is what the MySQL driver connects to. There is an empty database "test"; an empty name selects none.
func (s *Server) DSN(database string) string {
	return fmt.Sprintf("root@tcp(127.0.0.1:%d)/%s", s.Port(), database)
}

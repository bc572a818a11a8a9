package postgrestest

import (
	_ "embed"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

//go:embed postgres.sh
var script string

// A Server is a running PostgreSQL, or one that was killed.
type Server struct{ *throwaway.Server }

// Start starts a server of its own for each call.
func Start() (*Server, error) {
	s, err := throwaway.Start(throwaway.Program{
		Package: "postgrestest", Needs: "PostgreSQL (Debian: postgresql), or the user postgres for root to run it,", Script: script,
	})
	if err != nil {
		return nil, err
	}
	return &Server{s}, nil
}

// URL is what pgx connects to.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", s.Port())
}

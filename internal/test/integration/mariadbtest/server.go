package mariadbtest

import (
	_ "embed"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

//go:embed mariadb.sh
var script string

// A Server is a running MariaDB, or one that was killed.
type Server struct{ *throwaway.Server }

// Start starts a server of its own for each call.
func Start() (*Server, error) {
	s, err := throwaway.Start(throwaway.Program{
		Package: "mariadbtest", Needs: "MariaDB (Debian: mariadb-server), or the user mysql for root to run it,", Script: script,
	})
	if err != nil {
		return nil, err
	}
	return &Server{s}, nil
}

// DSN is what the MySQL driver connects to. There is an empty database "test"; an empty name selects none.
func (s *Server) DSN(database string) string {
	return fmt.Sprintf("root@tcp(127.0.0.1:%d)/%s", s.Port(), database)
}

package glewlwyd

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/knownbearer/knownbearer/internal/test/integration/codeflow"
	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

//go:embed glewlwyd.sh
var script string

// A Server is a running Glewlwyd with the users, clients and issuers of this package.
type Server struct {
	*throwaway.Server
	keys  map[string][]Key // of each issuer, by its name
	admin http.Cookie
}

// Start starts a server of its own for each call.
func Start() (*Server, error) {
	s := &Server{}
	var err error
	s.Server, err = throwaway.Start(throwaway.Program{
		Package: "glewlwyd", Needs: "Glewlwyd (Debian: glewlwyd and sqlite3)", Script: script, Files: s.makeIssuers,
	})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.connect(), s.configure()); err != nil {
		return nil, fmt.Errorf("glewlwyd: %w", errors.Join(err, s.Stop()))
	}
	return s, nil
}

// Restart starts the server again after Kill, on the same port and over the same data.
func (s *Server) Restart() error {
	if err := s.Server.Restart(); err != nil {
		return err
	}
	return s.connect()
}

// connect waits until the server listens, which it does a little after it says that it has started.
func (s *Server) connect() error {
	timeout, next := time.After(codeflow.Patience), time.NewTicker(10*time.Millisecond)
	defer next.Stop()
	for {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port())))
		if err == nil {
			return conn.Close()
		}
		select {
		case <-next.C:
		case <-timeout:
			return err
		}
	}
}

func (s *Server) url(path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d/api%s", s.Port(), path)
}

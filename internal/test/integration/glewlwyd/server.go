package glewlwyd

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

//go:embed glewlwyd.sh
var script string

// ErrMissing says that Glewlwyd is not installed.
var ErrMissing = fmt.Errorf("glewlwyd: Glewlwyd (Debian: glewlwyd and sqlite3) is %w", throwaway.ErrMissing)

// Generous, because a test machine may be busy with a race build.
const answerWithin = time.Minute

// A Server is a running Glewlwyd with the users, clients and issuers of this package.
type Server struct {
	*throwaway.Server
	dir   string
	keys  map[string][]Key // of each issuer, by its name
	admin http.Cookie
}

// Start starts a server of its own for each call.
func Start() (*Server, error) {
	dir, err := os.MkdirTemp("", "glewlwyd.")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err = s.makeIssuers(); err == nil {
		s.Server, err = throwaway.Start("dir='" + dir + "'\n" + script)
	}
	if err != nil {
		_ = os.RemoveAll(dir)
	}
	if errors.Is(err, throwaway.ErrMissing) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("glewlwyd: %w", err)
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
	timeout, next := time.After(answerWithin), time.NewTicker(10*time.Millisecond)
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

// Require ends the test when err, of [Start], is not nil: it is skipped when Glewlwyd is missing and need not be there.
func Require(tb testing.TB, err error) {
	tb.Helper()
	throwaway.Require(tb, err)
}

func (s *Server) url(path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d/api%s", s.Port(), path)
}

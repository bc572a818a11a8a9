package glewlwyd

import (
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/internal/integration/throwaway"
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
	if err := s.configure(); err != nil {
		return nil, fmt.Errorf("glewlwyd: %w", errors.Join(err, s.Stop()))
	}
	return s, nil
}

// Require ends the test when err, of [Start], is not nil: it is skipped when Glewlwyd is missing and need not be there.
func Require(tb testing.TB, err error) {
	tb.Helper()
	throwaway.Require(tb, err)
}

func (s *Server) url(path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d/api%s", s.Port(), path)
}

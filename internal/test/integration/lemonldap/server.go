package lemonldap

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

//go:embed lemonldap.sh
var script string

// ErrMissing says that LemonLDAP::NG is not installed.
var ErrMissing = fmt.Errorf("lemonldap: LemonLDAP::NG (Debian: lemonldap-ng, starman and the Perl modules that .ci/run names) is %w",
	throwaway.ErrMissing)

// Generous, because a test machine may be busy with a race build.
const answerWithin = time.Minute

// A Server is a running portal.
type Server struct {
	*throwaway.Server
	URL  string // http://127.0.0.1:41234/, the issuer
	dir  string
	opts Options
}

// Start starts a portal of its own for each call.
func Start(opts Options) (*Server, error) {
	dir, err := os.MkdirTemp("", "lemonldap.")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, opts: opts}
	if err = s.configure(); err == nil {
		s.Server, err = throwaway.Start("dir='" + dir + "'\n" + script)
	}
	if err != nil {
		_ = os.RemoveAll(dir)
	}
	if errors.Is(err, throwaway.ErrMissing) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("lemonldap: %w", err)
	}
	s.URL = fmt.Sprintf("http://127.0.0.1:%d/", s.Port())
	return s, nil
}

// Require ends the test when err, of [Start], is not nil: it is skipped when LemonLDAP::NG is missing and need not be there.
func Require(tb testing.TB, err error) {
	tb.Helper()
	throwaway.Require(tb, err)
}

// Rotate starts the portal again with a new key, the only one that it publishes. Sessions and opaque tokens stay.
func (s *Server) Rotate() error {
	return errors.Join(s.Kill(), s.configure(), s.Restart())
}

func (s *Server) configure() error {
	c, err := portal(s.opts)
	if err != nil {
		return err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.dir, "conf.json"), text, 0o600)
}

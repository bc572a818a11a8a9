package lemonldap

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

//go:embed lemonldap.sh
var script string

// A Server is a running portal.
type Server struct {
	*throwaway.Server
	URL  string // http://127.0.0.1:41234/, the issuer
	opts Options
}

// Start starts a portal of its own for each call.
func Start(opts Options) (*Server, error) {
	s := &Server{opts: opts}
	var err error
	s.Server, err = throwaway.Start(throwaway.Program{
		Package: "lemonldap", Needs: "LemonLDAP::NG (Debian: lemonldap-ng, starman and the Perl modules that .ci/run names)",
		Script: script, Files: s.configure,
	})
	if err != nil {
		return nil, err
	}
	s.URL = fmt.Sprintf("http://127.0.0.1:%d/", s.Port())
	return s, nil
}

// Rotate starts the portal again with a new key, the only one that it publishes. Sessions and opaque tokens stay.
func (s *Server) Rotate() error {
	return errors.Join(s.Kill(), s.configure(s.Dir()), s.Restart())
}

// Add adds a client, and starts the portal again as [Server.Rotate] does.
func (s *Server) Add(c Client) error {
	s.opts.Clients = append(s.opts.Clients, c)
	return s.Rotate()
}

func (s *Server) configure(dir string) error {
	c, err := portal(s.opts)
	if err != nil {
		return err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "conf.json"), text, 0o600)
}

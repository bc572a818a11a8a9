package postgrestest

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
)

//go:embed postgres.sh
var script string

// ErrMissing says that PostgreSQL is not installed.
var ErrMissing = errors.New("postgrestest: PostgreSQL is not installed (Debian: postgresql), or root has no user postgres to run it")

const (
	missing  = 69 // the script's exit status
	attempts = 3  // somebody else may take the port that was free
)

// A Server is a running PostgreSQL.
type Server struct {
	port  int
	cmd   *exec.Cmd
	stdin io.Closer
}

// Start starts a server of its own for each call.
func Start() (*Server, error) {
	var faults []error
	for range attempts {
		s, err := start()
		if err == nil || errors.Is(err, ErrMissing) {
			return s, err
		}
		faults = append(faults, err)
	}
	return nil, errors.Join(faults...)
}

// Require ends the test when err, of [Start], is not nil: it is skipped when PostgreSQL is missing and need not be there.
func Require(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, ErrMissing) && os.Getenv("KNOWNBEARER_REQUIRE") != "1" {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// URL is what pgx connects to.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

// Stop ends the server and its connections at once, and removes its data. It may be called again.
func (s *Server) Stop() error {
	if s.cmd.ProcessState != nil {
		return nil
	}
	return errors.Join(s.stdin.Close(), s.cmd.Wait())
}

func start() (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("sh", "-c", script, "postgres.sh", strconv.Itoa(port))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a ^C in the terminal is the test's to handle
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line == "ready\n" {
		return &Server{port, cmd, stdin}, nil
	}
	_ = stdin.Close()
	err = cmd.Wait()
	if cmd.ProcessState.ExitCode() == missing {
		return nil, ErrMissing
	}
	return nil, fmt.Errorf("postgrestest: %w\n%s", err, &stderr)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

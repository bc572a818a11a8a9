package throwaway

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

	"github.com/knownbearer/knownbearer/internal/test/needed"
)

//go:embed common.sh
var common string

// ErrMissing says that the server is not installed.
var ErrMissing = errors.New("not installed")

// A Program is a server that a script runs.
type Program struct {
	Package string // begins the texts of errors
	Needs   string // names the server in [ErrMissing], such as "MariaDB (Debian: mariadb-server)"
	Script  string
	// Files puts the files that the script needs into the server's folder. If it is nil, the script makes its own folder.
	Files func(dir string) error
}

const (
	missing  = 69 // the script's exit status
	attempts = 3  // another process may take the port that was free
)

// A Server is a running server, or one that was killed.
type Server struct {
	port   int
	dir    string // the script removes it
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *bytes.Buffer // not to be read before the script ended
}

// Start runs the program.
func Start(p Program) (*Server, error) {
	var faults []error
	for range attempts {
		s, err := start(p)
		if err == nil {
			return s, nil
		}
		if errors.Is(err, ErrMissing) {
			return nil, fmt.Errorf("%s: %s is %w", p.Package, p.Needs, ErrMissing)
		}
		faults = append(faults, err)
	}
	return nil, fmt.Errorf("%s: %w", p.Package, errors.Join(faults...))
}

// Require ends the test when err, of [Start], is not nil: it is skipped when the server is missing and need not be there.
func Require(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, ErrMissing) {
		needed.Missing(tb, err)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// Port is the server's on 127.0.0.1; it outlives the server.
func (s *Server) Port() int { return s.port }

// Dir is the folder that [Program.Files] got; empty where there is none.
func (s *Server) Dir() string { return s.dir }

// Kill ends the server as a crash does. Its data stays.
func (s *Server) Kill() error { return s.tell("kill", "killed") }

// Restart starts the server again after Kill, on the same port and over the same data.
func (s *Server) Restart() error { return s.tell("start", "ready") }

// Stop ends the server and its connections at once, and removes its data. It may be called again.
func (s *Server) Stop() error {
	if s.cmd.ProcessState != nil {
		return nil
	}
	return s.end(nil)
}

func start(p Program) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{port: port, stderr: new(bytes.Buffer)}
	if err := s.prepare(p); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err := s.run(p.Script); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	return s, nil
}

func (s *Server) prepare(p Program) (err error) {
	if p.Files == nil {
		return nil
	}
	if s.dir, err = os.MkdirTemp("", p.Package+"."); err != nil {
		return err
	}
	return p.Files(s.dir)
}

func (s *Server) run(script string) (err error) {
	s.cmd = exec.Command("sh", "-c", common+script, "sh", strconv.Itoa(s.port), s.dir)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a ^C in the terminal is the test's to handle
	s.cmd.Stderr = s.stderr
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	s.stdout = bufio.NewReader(stdout)
	if err := s.cmd.Start(); err != nil {
		return err
	}
	return s.await("ready")
}

func (s *Server) tell(command, answer string) error {
	if _, err := fmt.Fprintln(s.stdin, command); err != nil {
		return err
	}
	return s.await(answer)
}

// await ends the script when it says anything else.
func (s *Server) await(answer string) error {
	line, err := s.stdout.ReadString('\n')
	if line == answer+"\n" {
		return nil
	}
	return s.end(fmt.Errorf("said %q, not %q: %w", line, answer, err))
}

func (s *Server) end(cause error) error {
	closing := s.stdin.Close()
	err := s.cmd.Wait()
	if s.cmd.ProcessState.ExitCode() == missing {
		return ErrMissing
	}
	if cause == nil && closing == nil && err == nil {
		return nil
	}
	return fmt.Errorf("%w\n%s", errors.Join(cause, closing, err), s.stderr)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

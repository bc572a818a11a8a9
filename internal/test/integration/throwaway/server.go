package throwaway

import (
	"bufio"
	"bytes"
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

// ErrMissing says that the server is not installed.
var ErrMissing = errors.New("not installed")

const (
	missing  = 69 // the script's exit status
	attempts = 3  // another process may take the port that was free
)

// A Server is a running server, or one that was killed.
type Server struct {
	port   int
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *bytes.Buffer // not to be read before the script ended
}

// Start runs the script.
func Start(script string) (*Server, error) {
	var faults []error
	for range attempts {
		s, err := start(script)
		if err == nil || errors.Is(err, ErrMissing) {
			return s, err
		}
		faults = append(faults, err)
	}
	return nil, errors.Join(faults...)
}

// Require ends the test when err, of [Start], is not nil: it is skipped when the server is missing and need not be there.
func Require(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, ErrMissing) && os.Getenv("KNOWNBEARER_REQUIRE") != "1" {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// Port is the server's on 127.0.0.1; it outlives the server.
func (s *Server) Port() int { return s.port }

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

func start(script string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{port: port, stderr: new(bytes.Buffer)}
	s.cmd = exec.Command("sh", "-c", script, "sh", strconv.Itoa(port))
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a ^C in the terminal is the test's to handle
	s.cmd.Stderr = s.stderr
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.stdout = bufio.NewReader(stdout)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	return s, s.await("ready")
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

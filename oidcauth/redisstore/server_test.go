//go:build unix

package redisstore_test

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/knownbearer/knownbearer/internal/test/needed"
	"github.com/stretchr/testify/require"
)

var errMissing = errors.New("redis-server (Debian: redis-server) is not installed")

// script becomes the server. Its background process kills the server by its id when stdin ends, and so when the
// test's process ends.
const script = `exec 3<&0; { read -r _ <&3; kill -KILL $$; } >/dev/null 2>&1 & exec redis-server "$@" 3<&- </dev/null 2>&1`

// TestMain skips the example if Redis is missing and not required, because an example cannot skip itself.
func TestMain(m *testing.M) {
	flag.Parse()
	if _, err := exec.LookPath("redis-server"); err != nil && !needed.Required() {
		fmt.Println("examples are skipped:", errMissing)
		skip := flag.Lookup("test.skip")
		pattern := "^Example"
		if had := skip.Value.String(); had != "" {
			pattern = had + "|" + pattern
		}
		if err := skip.Value.Set(pattern); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

const attempts = 3 // another process may take the port that was free

// server is a temporary Redis on a loopback port. It is not safe for concurrent use.
type server struct {
	address string
	bus     string // the port for other nodes of a cluster
	args    []string
	cmd     *exec.Cmd // nil: killed
	stdin   io.Closer
	ended   chan struct{} // closed when the server says no more
}

// newServer starts a server that ends with the test. If Redis is missing, it skips the test, or fails it if Redis is required.
func newServer(t *testing.T, args ...string) *server {
	t.Helper()
	s, err := startServer(t.TempDir(), args...)
	if errors.Is(err, errMissing) {
		needed.Missing(t, err)
	}
	require.NoError(t, err)
	t.Cleanup(s.kill)
	return s
}

func startServer(dir string, args ...string) (*server, error) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return nil, errMissing
	}
	var faults []error
	for range attempts {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		bus, err := freePort()
		if err != nil {
			return nil, err
		}
		s := &server{address: net.JoinHostPort("127.0.0.1", port), bus: bus}
		s.args = append([]string{"--port", port, "--cluster-port", bus, "--bind", "127.0.0.1", "--save", "", "--dir", dir}, args...)
		if err = s.start(); err == nil {
			return s, nil
		}
		faults = append(faults, err)
	}
	return nil, errors.Join(faults...)
}

// start starts the server. After kill it uses the same port and data.
func (s *server) start() error {
	s.cmd = exec.Command("sh", append([]string{"-c", script, "sh"}, s.args...)...)
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.ended = make(chan struct{})
	lines := bufio.NewScanner(stdout)
	var said strings.Builder
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			go func() { // ends with the server
				defer close(s.ended)
				_, _ = io.Copy(io.Discard, stdout)
			}()
			return nil
		}
		fmt.Fprintln(&said, lines.Text())
	}
	close(s.ended)
	s.kill()
	return fmt.Errorf("redis-server ended: %s", said.String())
}

// kill ends the server like a crash. Its data stay on disk.
func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.stdin.Close()
	<-s.ended
	_ = s.cmd.Wait() // says that it was killed
	s.cmd = nil
}

// hang keeps the connections open and stops all answers until resume.
func (s *server) hang(t *testing.T) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGSTOP))
	var status syscall.WaitStatus
	_, err := syscall.Wait4(s.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
	require.NoError(t, err)
	require.True(t, status.Stopped())
}

func (s *server) resume(t *testing.T) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGCONT))
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}

package oidcprovider

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/knownbearer/knownbearer/internal/test/integration/codeflow"
)

// A provider is ready in under a second. Very rarely Node hangs while it starts, so it is started again.
const (
	readyWithin = codeflow.Patience / 3
	starts      = 3
)

// process is one run of server.mjs in a process group of its own, so that a ^C in the terminal is the test's to handle.
// It ends with its stdin; when the test dies while it is suspended, the kernel ends it as an orphaned group (SIGHUP).
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	lines  chan string // of its stdout; closed at the end
	stderr *tail
	reaped bool       // its id may be another's by now
	asking sync.Mutex // held until a command is answered
}

func startProcess(in install, port int, clientKeys string) (p *process, issuer string, err error) {
	for range starts {
		if p, issuer, err = startOnce(in, port, clientKeys); !errors.Is(err, errNotInTime) {
			break
		}
	}
	return p, issuer, err
}

var errNotInTime = errors.New("did not answer in time")

func startOnce(in install, port int, clientKeys string) (*process, string, error) {
	// Given as text, the module resolves its import from the working directory: nothing has to be copied next to node_modules.
	cmd := exec.Command(in.node, "--input-type=module", "--eval", server)
	cmd.Dir = in.dir
	cmd.Env = append(os.Environ(), "PORT="+strconv.Itoa(port), "CLIENT_KEYS="+clientKeys, "NODE_OPTIONS=", "NODE_PATH=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := &process{cmd: cmd, lines: make(chan string, 16), stderr: &tail{}}
	cmd.Stderr = p.stderr
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, "", err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	issuer, err := p.expect("ready ")
	if err != nil {
		p.kill()
		return nil, "", fmt.Errorf("%w\n%s", err, p.stderr)
	}
	return p, issuer, nil
}

// expect waits for a line that begins so, and returns the rest of it.
func (p *process) expect(prefix string) (string, error) {
	timeout := time.After(readyWithin)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				return "", fmt.Errorf("ended before it printed %q", prefix)
			}
			if rest, found := strings.CutPrefix(line, prefix); found {
				return rest, nil
			}
		case <-timeout:
			return "", fmt.Errorf("%w: did not print %q within %v", errNotInTime, prefix, readyWithin)
		}
	}
}

// command sends one line. The argument is empty, or JSON.
func (p *process) command(name, argument string) error {
	p.asking.Lock()
	defer p.asking.Unlock()
	if _, err := io.WriteString(p.stdin, name+" "+argument+"\n"); err != nil {
		return err
	}
	_, err := p.expect("done " + name)
	return err
}

// suspend returns when the kernel has stopped the process; a signal alone is only on its way.
func (p *process) suspend() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(p.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		if !status.Stopped() {
			p.reaped = true
			return fmt.Errorf("it had ended: %v", status)
		}
		return nil
	}
}

func (p *process) resume() error { return p.signal(syscall.SIGCONT) }

// kill ends the whole group, suspended or not, and waits.
func (p *process) kill() {
	_ = p.signal(syscall.SIGKILL)
	for range p.lines { // Wait wants stdout read to its end.
	}
	_ = p.cmd.Wait() // it says "signal: killed"
}

func (p *process) signal(s syscall.Signal) error {
	if p.reaped {
		return os.ErrProcessDone
	}
	return syscall.Kill(-p.cmd.Process.Pid, s)
}

// tail keeps the last bytes written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const limit = 16 << 10
	t.buf = append(t.buf, b...)
	if over := len(t.buf) - limit; over > 0 {
		t.buf = append(t.buf[:0:0], t.buf[over:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}

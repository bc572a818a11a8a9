package oidcprovider

import (
	"crypto"
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

//go:embed server.mjs
var server string

// Options of [Start]. The zero value is a provider on a free port.
type Options struct {
	Port       int                         // 0: a free one
	ClientKeys map[string]crypto.PublicKey // by kid, of the client KeyJWT, which exists with some only
}

// Provider is a running provider. [Provider.Add] is safe for concurrent use; the other methods are for one test goroutine at a time.
type Provider struct {
	Issuer string // like http://127.0.0.1:41234, without a slash at the end

	install install
	port    int
	keys    string // of the client KeyJWT, a JWK set

	clients []string // added by a test, as JSON

	mu   sync.Mutex
	proc *process // nil when killed
}

// Start runs a provider until tb ends. What is not installed skips or fails the test; see the package documentation.
func Start(tb testing.TB, opts Options) *Provider {
	tb.Helper()
	p, err := Run(opts)
	orEnd(tb, err)
	tb.Cleanup(func() {
		proc := p.take()
		if proc == nil {
			return
		}
		proc.kill()
		if tb.Failed() {
			tb.Logf("oidcprovider wrote:\n%s", proc.stderr)
		}
	})
	return p
}

// Run runs a provider until [Provider.End], for the tests of a package to share. The error wraps fs.ErrNotExist if a part is not
// installed.
func Run(opts Options) (*Provider, error) {
	in, err := findInstall("oidc-provider", providerVersion, oldestNode)
	if err != nil {
		return nil, err
	}
	p := &Provider{install: in, port: opts.Port}
	if p.keys, err = keySet(opts.ClientKeys); err != nil {
		return nil, fmt.Errorf("oidcprovider: client keys: %w", err)
	}
	if p.proc, p.Issuer, err = startProcess(in, p.port, p.keys); err != nil {
		return nil, fmt.Errorf("oidcprovider: start: %w", err)
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(p.Issuer, "http://"), ":")
	if p.port, err = strconv.Atoi(port); err != nil { // a Restart has to come back under the same issuer
		p.End()
		return nil, fmt.Errorf("oidcprovider: issuer %q has no port", p.Issuer)
	}
	return p, nil
}

// End ends the provider.
func (p *Provider) End() {
	if proc := p.take(); proc != nil {
		proc.kill()
	}
}

// take returns the process, which the caller ends, or nil if it has ended.
func (p *Provider) take() *process {
	p.mu.Lock()
	defer p.mu.Unlock()
	proc := p.proc
	p.proc = nil
	return proc
}

func keySet(keys map[string]crypto.PublicKey) (string, error) {
	if len(keys) == 0 {
		return "", nil
	}
	var set jose.JSONWebKeySet
	for id, key := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{KeyID: id, Key: key, Use: "sig"})
	}
	text, err := json.Marshal(set)
	return string(text), err
}

// Rotate makes new keys, which sign from now on. The old ones stay published until [Provider.Retire].
func (p *Provider) Rotate(tb testing.TB) {
	tb.Helper()
	p.command(tb, "rotate", "")
}

// Retire takes keys that no longer sign out of the key set.
func (p *Provider) Retire(tb testing.TB) {
	tb.Helper()
	p.command(tb, "retire", "")
}

// SetClock sets the provider's clock so far ahead of the machine's, in whole seconds. A negative duration sets it behind.
func (p *Provider) SetClock(tb testing.TB, ahead time.Duration) {
	tb.Helper()
	p.command(tb, "clock", strconv.Itoa(int(ahead/time.Second)))
}

// Restart ends the provider and runs it again on the same port: new keys, and every session and opaque token forgotten. Clients stay.
func (p *Provider) Restart(tb testing.TB) {
	tb.Helper()
	p.Kill(tb)
	p.start(tb)
}

// Stop makes the provider hang: connections are accepted by the kernel, and not answered. [Provider.Continue] wakes it.
func (p *Provider) Stop(tb testing.TB) {
	tb.Helper()
	if err := p.running(tb).suspend(); err != nil {
		tb.Fatalf("oidcprovider: stop: %v", err)
	}
}

// Continue wakes a provider that [Provider.Stop] made hang; it then answers what it was asked meanwhile.
func (p *Provider) Continue(tb testing.TB) {
	tb.Helper()
	if err := p.running(tb).resume(); err != nil {
		tb.Fatalf("oidcprovider: continue: %v", err)
	}
}

// Kill ends the provider: connections are refused until [Provider.Restart].
func (p *Provider) Kill(tb testing.TB) {
	tb.Helper()
	p.End()
}

func (p *Provider) start(tb testing.TB) {
	tb.Helper()
	proc, _, err := startProcess(p.install, p.port, p.keys)
	if err != nil {
		tb.Fatalf("oidcprovider: start: %v", err)
	}
	p.mu.Lock()
	p.proc = proc
	p.mu.Unlock()
	for _, c := range p.clients {
		p.command(tb, "add", c)
	}
}

func (p *Provider) running(tb testing.TB) *process {
	tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc == nil {
		tb.Fatal("oidcprovider: not running: it was killed")
	}
	return p.proc
}

func (p *Provider) command(tb testing.TB, name, argument string) {
	tb.Helper()
	if err := p.running(tb).command(name, argument); err != nil {
		tb.Fatalf("oidcprovider: %s: %v", name, err)
	}
}

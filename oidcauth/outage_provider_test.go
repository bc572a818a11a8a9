package oidcauth_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/loopback"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// The endpoints of a socketed provider. Each has its own host name, so that its name, connections and certificate can fail
// alone.
const (
	discoveryHost = "idp.test"
	keysHost      = "keys.test"
	userInfoHost  = "user.test"
)

var socketHosts = []string{discoveryHost, keysHost, userInfoHost}

// socketed is a provider on this machine whose TLS, TCP and DNS can fail. It is not an option of newService, because
// oidctest.Provider is one HTTP server at one address. Such a server has no host names, no certificates, and no host for each
// endpoint.
type socketed struct {
	issuer  string
	client  *http.Client
	names   *nameserver
	closed  string // an address that refuses connections
	open    atomic.Int64
	clock   atomic.Int64
	arrived chan struct{} // one for each request that waits
	let     chan struct{} // releases one of them

	mu     sync.Mutex
	faults map[string]fault // by host
	keys   []string
	asked  map[string]int
	mended chan struct{} // closed when the fault is over
}

func newSocketed(t testing.TB) *socketed {
	t.Helper()
	p := &socketed{
		names: newNameserver(t), closed: loopback.Refusing(t), arrived: make(chan struct{}), let: make(chan struct{}),
		faults: map[string]fault{}, asked: map[string]int{}, keys: []string{jwkOf("k1", "ES256", es256().public)}, mended: make(chan struct{}),
	}
	s := httptest.NewUnstartedServer(p)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{GetCertificate: p.certificate, CurvePreferences: []tls.CurveID{tls.X25519}}
	s.StartTLS()
	t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	require.NoError(t, err)
	p.issuer = "https://" + discoveryHost + ":" + port
	p.client = must(provider.HTTPClient(provider.Trust{CAs: socketCA().text}))
	transport := p.client.Transport.(*http.Transport)
	transport.Proxy, transport.DialContext = nil, p.dial
	t.Cleanup(p.client.CloseIdleConnections)
	return p
}

func (p *socketed) url(host, path string) string {
	return strings.Replace(p.issuer, discoveryHost, host, 1) + path
}

// fault describes how an endpoint fails, and until when.
func (p *socketed) fault(host string) (fault, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults[host], p.mended
}

// fail makes an endpoint fail from now on, also on open connections.
func (p *socketed) fail(host string, f fault) {
	p.mu.Lock()
	p.faults[host] = f
	p.mu.Unlock()
	p.names.hide(host, f.noName)
	p.client.CloseIdleConnections()
}

func (p *socketed) mend(host string) {
	p.fail(host, fault{})
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.mended)
	p.mended = make(chan struct{})
}

func (p *socketed) publish(jwks ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = jwks
}

func (p *socketed) count(host string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[host]
}

func (p *socketed) now() time.Time          { return verdictTime.Add(time.Duration(p.clock.Load())) }
func (p *socketed) advance(d time.Duration) { p.clock.Add(int64(d)) }

// dial counts the connections that the library has open.
func (p *socketed) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Resolver: p.names.resolver()}
	host, _, _ := net.SplitHostPort(address)
	if f, _ := p.fault(host); f.refused {
		address = p.closed
	}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	p.open.Add(1)
	return &countedConn{Conn: c, open: &p.open}, nil
}

type countedConn struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

func (p *socketed) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	f, mended := p.fault(hello.ServerName)
	if f.mute {
		p.wait(hello.Context(), mended)
		return nil, errors.New("no certificate")
	}
	return socketCA().leaf(hello.ServerName, f)
}

// exchange is one request, with the answer of a healthy endpoint.
type exchange struct {
	*socketed
	http.ResponseWriter
	request *http.Request
	answer  string
	mended  <-chan struct{}
}

func (x exchange) wait() { x.socketed.wait(x.request.Context(), x.mended) }

func (x exchange) flush() { _ = http.NewResponseController(x.ResponseWriter).Flush() }

// wait blocks a request until the test releases it, the fault ends, or the client has closed the connection.
func (p *socketed) wait(ctx context.Context, mended <-chan struct{}) {
	select {
	case p.arrived <- struct{}{}:
	case <-mended:
		return
	case <-ctx.Done():
		return
	}
	select {
	case <-p.let:
	case <-mended:
	case <-ctx.Done():
	}
}

func (p *socketed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	f, mended := p.fault(host)
	p.mu.Lock()
	p.asked[host]++
	set := `{"keys":[` + strings.Join(p.keys, ",") + `]}`
	p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	answer := map[string]string{
		discoveryHost: `{"issuer":"` + p.issuer + `","jwks_uri":"` + p.url(keysHost, "/jwks") + `","userinfo_endpoint":"` + p.url(userInfoHost, "/userinfo") + `"}`,
		keysHost:      set, userInfoHost: `{"sub":"` + holder + `","oid":"o"}`,
	}[host]
	if f.serve != nil {
		f.serve(exchange{p, w, r, answer, mended})
		return
	}
	_, _ = io.WriteString(w, answer)
}

// start makes an authenticator that needs the claim oid, which UserInfo has and a token may have.
func (p *socketed) start(t testing.TB) *oidcauth.Authenticator {
	t.Helper()
	info, err := provider.New(provider.Config{Issuer: p.issuer, HTTPClient: p.client, Now: p.now})
	require.NoError(t, err)
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{
			URL: p.issuer, Audience: []string{audience}, Claims: oidcauth.ClaimRules{UserInfo: info, Required: []claims.Path{claims.Name("oid")}},
		}},
		HTTPClient: p.client, Now: p.now, Logger: silent,
	})
	require.NoError(t, err)
	return auth
}

// token returns a token that is valid for years. With oid, it needs no UserInfo.
func (p *socketed) token(kid string, key *signingKey, oid bool, jti string) string {
	v := verdict{key: key, header: obj{"kid": kid}, claims: obj{"iss": p.issuer, "exp": inSeconds(1e9), "jti": jti}}
	if oid {
		v.claims["oid"] = "o"
	}
	return v.token()
}

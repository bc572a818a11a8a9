package fetch_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/test/bubble"
)

// pipes is a network of one server, in the virtual time of synctest.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
	died   chan struct{} // closed when the connections so far swallow what is sent
	dials  atomic.Int64
}

type pipe struct {
	net.Conn
	dead <-chan struct{}
}

func (p *pipe) Write(b []byte) (int, error) {
	select {
	case <-p.dead:
		return len(b), nil
	default:
		return p.Conn.Write(b)
	}
}

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p.accept <- server
	c := &pipe{Conn: client}
	if p.dials.Add(1) == 1 {
		c.dead = p.died
	}
	return c, nil
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accept:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (*pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// over returns a client of an HTTP/2 server on these pipes, after one request.
func (p *pipes) over(t *testing.T, transport *http.Transport) (ask func() error) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	require.NoError(t, s.Listener.Close())
	s.Listener, s.EnableHTTP2 = p, true
	s.StartTLS()
	t.Cleanup(s.Close)
	transport.Proxy, transport.DialContext = nil, p.dial
	transport.TLSClientConfig = &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	t.Cleanup(transport.CloseIdleConnections)
	c := fetch.NewClient(&http.Client{Transport: transport})
	ask = func() error {
		_, err := c.Get(t.Context(), "https://127.0.0.1", 0, nil)
		return err
	}
	require.NoError(t, ask())
	return ask
}

func newPipes() *pipes {
	return &pipes{accept: make(chan net.Conn, 10), closed: make(chan struct{}), died: make(chan struct{})}
}

// A dead HTTP/2 connection stays in the pool, because a request that times out does not close it.
func TestDeadConnectionIsLeftAfterOneFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		ask := p.over(t, &http.Transport{ForceAttemptHTTP2: true})
		close(p.died)
		require.Error(t, ask())
		bubble.Advance(time.Second)
		require.NoError(t, ask())
		require.EqualValues(t, 2, p.dials.Load())
	})
}

// While requests wait on a dead connection, it is not idle, and the transport itself must detect it.
func TestDeadConnectionIsLeftThoughRequestsWaitOnIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		ask := p.over(t, fetch.NewTransport())
		close(p.died)
		var answered atomic.Int64
		for range 30 {
			go func() {
				if ask() == nil {
					answered.Add(1)
				}
			}()
			bubble.Advance(time.Second)
		}
		bubble.Advance(time.Minute)
		require.GreaterOrEqual(t, answered.Load(), int64(15))
	})
}

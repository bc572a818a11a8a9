package fetch

import (
	"context"
	"io"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/guard"
)

// ending returns a transport whose calls end with their context. The transport of net/http does so; that of a service
// may not, and each call that continues would hold its place in a breaker forever.
func ending(t http.RoundTripper) http.RoundTripper {
	switch t.(type) {
	case nil, *http.Transport:
		return t
	}
	return &endingTransport{inner: t}
}

type endingTransport struct {
	inner http.RoundTripper
	calls guard.Calls
}

func (t *endingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := guard.Within(r.Context(), &t.calls, func(context.Context) (*http.Response, error) { return t.inner.RoundTrip(r) })
	if err != nil || resp == nil || resp.Body == nil {
		return resp, err
	}
	resp.Body = &endingBody{ReadCloser: resp.Body, ctx: r.Context(), calls: &t.calls}
	return resp, nil
}

// CloseIdleConnections closes the idle connections if the transport can.
func (t *endingTransport) CloseIdleConnections() {
	if c, ok := t.inner.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

type endingBody struct {
	io.ReadCloser
	ctx   context.Context //nolint:containedctx // of the request that it answers
	calls *guard.Calls
}

// Read reads into its own buffer, because an abandoned read may still write to it.
func (b *endingBody) Read(to []byte) (int, error) {
	type piece struct {
		data []byte
		err  error
	}
	got, err := guard.Within(b.ctx, b.calls, func(context.Context) (piece, error) {
		data := make([]byte, min(len(to), maxDrain))
		n, err := b.ReadCloser.Read(data)
		return piece{data[:n], err}, nil
	})
	if err != nil {
		return 0, err
	}
	return copy(to, got.data), got.err
}

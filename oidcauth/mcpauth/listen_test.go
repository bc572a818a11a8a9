package mcpauth_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
)

// listener is the transport of a client that subscribes to notifications, and says when the subscription ends.
type listener struct {
	*transport
	ended chan struct{}
}

func (l listener) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := l.transport.RoundTrip(r)
	if err == nil && r.Header.Get("Mcp-Method") == "subscriptions/listen" {
		res.Body = watchedBody{res.Body, l.ended}
	}
	return res, err
}

type watchedBody struct {
	io.ReadCloser
	ended chan struct{}
}

func (b watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		select {
		case b.ended <- struct{}{}:
		default:
		}
	}
	return n, err
}

// A subscription is a request that lasts. It ends with its token.
func TestSubscriptionEndsWithItsToken(t *testing.T) {
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, &mcp.StreamableHTTPOptions{Stateless: true})
			l := listener{&transport{token: s.of("alice")}, make(chan struct{}, 1)}
			client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
				ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) {},
			})
			session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: s.url, HTTPClient: &http.Client{Transport: l}, MaxRetries: -1}, nil)
			require.NoError(t, err)
			t.Cleanup(func() { _ = session.Close() })
			_, err = call(t, session, "whoami")
			require.NoError(t, err)
			require.Empty(t, l.ended)

			require.NoError(t, end(s, l.token))
			select {
			case <-l.ended:
			case <-t.Context().Done():
			}
			require.NoError(t, t.Context().Err())
		})
	}
}

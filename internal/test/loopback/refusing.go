// Package loopback has addresses on 127.0.0.1 for tests.
package loopback

import (
	"net"
	"testing"
)

// Refusing returns an address that refuses connections until the test ends. Its port is that of a client, so no server of another
// process can get it. The port of a listener that was closed is free for the next one.
func Refusing(tb testing.TB) string {
	tb.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = server.Close() })
	client, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = client.Close() })
	return client.LocalAddr().String()
}

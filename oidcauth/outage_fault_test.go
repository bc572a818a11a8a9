package oidcauth_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// fault describes how an endpoint fails. The zero fault means that it does not fail.
type fault struct {
	name  string
	serve func(exchange)

	noName, refused, expired, otherHost bool
	mute                                bool // no TLS handshake
	waits                               bool // the endpoint waits until the test releases it
}

// faults lists failures that need a socket. Other tests cover statuses, redirects and malformed bodies without a socket:
// TestVerdictDiscovery…, TestVerdictRotationKeysOutliveBadAnswers, TestVerdictUserInfoAnswers, and TestRedirects of
// internal/fetch.
func faults() []fault {
	return []fault{
		{name: "no such name", noName: true},
		{name: "connection refused", refused: true},
		{name: "no TLS handshake", mute: true, waits: true},
		{name: "certificate expired", expired: true},
		{name: "certificate of another host", otherHost: true},
		{name: "hangs", waits: true, serve: func(x exchange) {
			x.wait()
			x.WriteHeader(http.StatusServiceUnavailable)
		}},
		{name: "hangs in the body", waits: true, serve: func(x exchange) {
			_, _ = io.WriteString(x, x.answer[:len(x.answer)-1])
			x.flush()
			x.wait()
			panic(http.ErrAbortHandler)
		}},
		{name: "drips", waits: true, serve: func(x exchange) {
			stop := make(chan struct{})
			var dripping sync.WaitGroup
			dripping.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						_, _ = io.WriteString(x, " ")
						x.flush()
					}
				}
			})
			x.wait()
			close(stop)
			dripping.Wait()
			panic(http.ErrAbortHandler)
		}},
		{name: "reset in the body", serve: func(x exchange) {
			raw(x, func(c net.Conn, tcp *net.TCPConn) {
				_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(x.answer), x.answer[:len(x.answer)-1])
				_ = tcp.SetLinger(0)
				_ = tcp.Close()
			})
		}},
		{name: "ends in the body", serve: wire("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{\"keys\":[]}")},
		{name: "no HTTP", serve: wire("SSH-2.0-OpenSSH_9.9\r\n")},
		{name: "no chunk", serve: wire("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n")},
		{name: "a MiB of headers", serve: wire("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n{}")},
		{name: "a hundred thousand interim answers", serve: wire(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100000))},
		{name: "50 MB", serve: func(x exchange) {
			_, _ = io.WriteString(x, x.answer)
			for range 50 {
				if _, err := x.Write(mebibyteOfBlanks); err != nil {
					return
				}
			}
		}},
		{name: "gzip bomb", serve: func(x exchange) {
			x.Header().Set("Content-Encoding", "gzip")
			_, _ = x.Write(bomb())
		}},
		{name: "no gzip", serve: func(x exchange) {
			x.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(x, x.answer)
		}},
	}
}

// harmless lists unusual answers that are accepted.
func harmless() []fault {
	typed := func(kind string) fault {
		return fault{name: "content type " + kind, serve: func(x exchange) {
			x.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(x, x.answer)
		}}
	}
	return []fault{
		typed("text/html; charset=utf-16"), typed("application/jwk-set+json"), typed("no type"),
		{name: "redirect within the host", serve: func(x exchange) {
			if x.request.URL.Path != "/moved" {
				http.Redirect(x, x.request, "/moved", http.StatusFound)
				return
			}
			_, _ = io.WriteString(x, x.answer)
		}},
		{name: "gzip", serve: func(x exchange) {
			x.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(x)
			_, _ = io.WriteString(z, x.answer)
			_ = z.Close()
		}},
	}
}

var mebibyteOfBlanks = bytes.Repeat([]byte(" "), 1<<20)

// bomb is about 100 KiB of gzip that decompresses to 100 MiB. It repeats one gzip stream, because concatenated streams are one
// text.
var bomb = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(mebibyteOfBlanks)
	_ = z.Close()
	return bytes.Repeat(b.Bytes(), 100)
})

// wire answers with these bytes, and closes the connection.
func wire(text string) func(exchange) {
	return func(x exchange) {
		raw(x, func(c net.Conn, _ *net.TCPConn) {
			_, _ = io.WriteString(c, text)
			_ = c.Close()
		})
	}
}

func raw(x exchange, do func(c net.Conn, tcp *net.TCPConn)) {
	c, _, err := http.NewResponseController(x.ResponseWriter).Hijack()
	if err != nil {
		panic(err)
	}
	do(c, c.(interface{ NetConn() net.Conn }).NetConn().(*net.TCPConn))
}

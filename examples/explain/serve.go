package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// endWithin is how long the server waits for open requests when it ends.
const endWithin = 5 * time.Second

// serve shows the page of Authenticator.DebugHandler on this machine until the command is interrupted.
func serve(ctx context.Context, o options, s streams) (int, error) {
	c, err := o.config()
	if err != nil {
		return usage, err
	}
	auth, err := oidcauth.New(c)
	if err != nil {
		return usage, err
	}
	listener, err := listen(o.listen)
	if err != nil {
		return usage, err
	}
	door := guest{host: listener.Addr().String(), key: rand.Text(), session: rand.Text()}
	server := &http.Server{Handler: auth.DebugHandler(door.admit), ReadHeaderTimeout: endWithin}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Fprintf(s.out, "http://%s/?key=%s\n", door.host, door.key)
	fmt.Fprintln(s.errs, "Open this link. The page is for you alone, and on this machine only. End with Ctrl-C.")
	select {
	case err := <-ended:
		return refused, err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return refused, errors.Join(err, server.Close())
	}
	return accepted, nil
}

// listen listens on loopback only, because people paste tokens.
func listen(address string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("-listen is not an address with a port: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, errors.New("-listen needs an IP address of this machine's loopback, such as 127.0.0.1:8089")
	}
	return net.Listen("tcp", address)
}

// guest admits the browser that opens the printed link. Other users and other pages of this machine can reach the port too.
type guest struct{ host, key, session string }

// cookie is the name of the session's cookie.
const cookie = "explain"

func (g guest) admit(page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Cookie(cookie)
		switch {
		case r.Host != g.host: // a name of another site that resolves to this machine
			http.Error(w, "This host is unknown.", http.StatusForbidden)
		case c != nil && equal(c.Value, g.session):
			page.ServeHTTP(w, r)
		case equal(r.URL.Query().Get("key"), g.key):
			http.SetCookie(w, &http.Cookie{Name: cookie, Value: g.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			w.Header().Set("Referrer-Policy", "no-referrer")
			http.Redirect(w, r, "/", http.StatusSeeOther)
		default:
			http.Error(w, "Open the link that the command has printed.", http.StatusForbidden)
		}
	})
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

//go:build unix

package redisstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/redisstore"
)

// A token that is revoked on one replica of a service is refused on the other. While Redis is down, both refuse every token.
func Example() {
	provider, err := oidctest.Start() // stands for the real one
	if err != nil {
		fmt.Println(err)
		return
	}
	defer provider.Close()
	dir, err := os.MkdirTemp("", "redisstore")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	server, err := startServer(dir) // so does this for the real Redis
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.kill()

	replica := func() (*oidcauth.Authenticator, error) {
		list, err := redisstore.New(redisstore.Config{
			Client:  redis.NewClient(&redis.Options{Addr: server.address, ContextTimeoutEnabled: true}),
			Timeout: 5 * time.Second, // tests may run on a busy machine; a service does well with the default
		})
		if err != nil {
			return nil, err
		}
		if err := list.Check(context.Background()); err != nil {
			return nil, err // or a warning: the list serves as soon as Redis does
		}
		return oidcauth.New(oidcauth.Config{
			Issuers:    []oidcauth.Issuer{{URL: provider.Issuer(), Audience: []string{"api://orders"}}},
			Revocation: oidcauth.Revocation{DenyList: list},
			Logger:     slog.New(slog.DiscardHandler),
		})
	}
	one, err := replica()
	if err != nil {
		fmt.Println(err)
		return
	}
	other, err := replica()
	if err != nil {
		fmt.Println(err)
		return
	}

	token := provider.Token("api://orders", oidctest.Claims{"sub": "alice"})
	ask := func(replica *oidcauth.Authenticator) {
		r := httptest.NewRequest(http.MethodGet, "/orders", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		replica.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	ask(other)
	fmt.Println("revoked:", one.Revoke(context.Background(), token, "access_token"))
	ask(other)
	server.kill()
	ask(other)
	// Output:
	// 200
	// revoked: <nil>
	// 401
	// 503
}

package oidcauth_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// The API finds the user by the e-mail address of the token, and greets the user by name.
func ExampleAuthenticator_Handler() {
	provider, err := oidctest.Start() // replaces the real provider
	if err != nil {
		fmt.Println(err)
		return
	}
	defer provider.Close()

	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{
			URL:      provider.Issuer(),
			Audience: []string{"api://orders"},
			Claims: oidcauth.ClaimRules{
				User:   claims.Name("email"),
				Checks: []claims.Check{claims.Equals(claims.Name("email_verified"), true)},
				Tenant: claims.Name("tid"),
			},
		}},
		Users: usermap.NewTable(usermap.Entry{
			Value: "alice@example.com", Tenant: "tenant-1", User: usermap.User{ID: "7", Name: "Alice", Enabled: true},
		}),
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	api := httptest.NewServer(auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		fmt.Fprintf(w, "hello %s of %s", id.Name(), id.Tenant())
	})))
	defer api.Close()

	request := func(claims oidctest.Claims) {
		r, err := http.NewRequest(http.MethodGet, api.URL, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		r.Header.Set("Authorization", "Bearer "+provider.Token("api://orders", claims))
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			fmt.Println(resp.StatusCode, resp.Header.Get("WWW-Authenticate"))
			return
		}
		body, err := io.ReadAll(resp.Body)
		fmt.Println(resp.StatusCode, string(body), err)
	}
	request(oidctest.Claims{"email": "alice@example.com", "email_verified": true, "tid": "tenant-1"})
	request(oidctest.Claims{"email": "alice@example.com", "email_verified": false, "tid": "tenant-1"})
	request(oidctest.Claims{"email": "alice@example.com", "email_verified": true, "tid": "tenant-2"})
	request(oidctest.Claims{"email": "alice@example.com", "email_verified": true, "tid": "tenant-1", "aud": "api://billing"})
	// Output:
	// 200 hello Alice of tenant-1 <nil>
	// 403 Bearer realm="api"
	// 403 Bearer realm="api"
	// 401 Bearer realm="api", error="invalid_token", error_description="The access token is not valid for this resource"
}

package login_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"golang.org/x/oauth2"
)

func signIn(config oidcauth.Config, oidc provider.Config, publicURL string, key []byte) (http.Handler, error) {
	auth, err := oidcauth.New(config)
	if err != nil {
		return nil, err
	}
	client, err := provider.New(oidc)
	if err != nil {
		return nil, err
	}
	rp, err := login.New(login.Config{
		Authenticator: auth,
		Providers:     []login.Provider{{Client: client, Scopes: []string{"openid", "profile"}}},
		PublicURL:     publicURL,
		Keys:          [][]byte{key}, // 32 random bytes that all replicas share
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/auth/", rp)
	mux.Handle("/orders", rp.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		fmt.Fprintln(w, "orders of", id.Subject())
	})))
	return mux, nil
}

func protectPayments(mux *http.ServeMux, rp *login.RelyingParty, pay http.Handler) {
	recent := rp.RequireAuthentication(5*time.Minute, "urn:example:mfa")
	mux.Handle("/payments", rp.Require(recent(pay)))
}

func onBehalf(stock string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		client := oauth2.NewClient(r.Context(), login.TokenSource(r.Context()))
		res, err := client.Get(stock)
		if err != nil {
			http.Error(w, "The stock cannot be asked.", http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		_, _ = io.Copy(w, io.LimitReader(res.Body, 1<<20))
	}
}

// A browser is sent to the provider and back. A script without a session is refused.
func Example() {
	oidc, err := oidctest.Start() // replaces the real provider
	if err != nil {
		fmt.Println(err)
		return
	}
	defer oidc.Close()
	oidc.AutoLogin("alice")

	app := httptest.NewUnstartedServer(nil)
	app.StartTLS()
	defer app.Close()
	oidc.Register(oidctest.Client{RedirectURIs: []string{app.URL + "/auth/callback"}})
	config := oidc.Config("api://orders")
	config.Logger = slog.New(slog.DiscardHandler)
	if app.Config.Handler, err = signIn(config, oidc.ClientConfig(), app.URL, []byte("0123456789abcdef0123456789abcdef")); err != nil {
		fmt.Println(err)
		return
	}

	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Transport: app.Client().Transport, Jar: jar}
	get := func(accept string) {
		r, _ := http.NewRequest(http.MethodGet, app.URL+"/orders", nil)
		r.Header.Set("Accept", accept)
		res, err := browser.Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusOK {
			body = []byte("refused\n")
		}
		fmt.Printf("%s: %d %s", accept, res.StatusCode, body)
	}
	get("application/json")
	get("text/html")
	get("application/json")
	// Output:
	// application/json: 401 refused
	// text/html: 200 orders of alice
	// application/json: 200 orders of alice
}

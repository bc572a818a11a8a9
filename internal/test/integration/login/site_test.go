package login_test

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// page is a page of the service, and says who is signed in.
var page = template.Must(template.New("").Parse(`<!DOCTYPE html><title>{{.Path}}</title>
<main data-page="{{.Path}}"><p id="user">{{.User}}</p><p id="acr">{{.ACR}}</p><p id="sid">{{.SID}}</p>
<form action="/orders" method="post"><button id="order">Order</button></form></main>`))

type content struct{ Path, User, ACR, SID string }

func (s *scene) handler() http.Handler {
	show := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		acr, _ := claims.Decode[string](id.Claims(), claims.Name("acr"))
		sid, _ := claims.Decode[string](id.Claims(), claims.Name("sid"))
		data := content{r.URL.RequestURI(), id.User().ID, acr, sid}
		if r.Header.Get("Accept") == "application/json" {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(data)
			return
		}
		_ = page.Execute(w, data)
	})
	mux := http.NewServeMux()
	mux.Handle("/auth/", s.party)
	mux.Handle("/me", s.party.Require(show))
	mux.Handle("POST /orders", s.party.Require(show))
	mux.Handle("/strong", s.party.Require(s.party.RequireAuthentication(0, oidcprovider.ByTwoFactors)(show)))
	mux.Handle("/recent", s.party.Require(s.party.RequireAuthentication(time.Minute)(show)))
	mux.Handle("/token", s.party.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := login.TokenSource(r.Context()).Token()
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprint(w, token.AccessToken)
	})))
	mux.HandleFunc("/public", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `<!DOCTYPE html><title>public</title><main data-page="/public"></main>`)
		if r.FormValue("frame") != "" {
			fmt.Fprintf(w, `<iframe id="frame" src="%s"></iframe>`, template.HTMLEscapeString(r.FormValue("frame")))
		}
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_ = page.Execute(w, content{Path: "/"})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.arrives(r.URL.Path)
		mux.ServeHTTP(w, r)
	})
}

// arrival returns a channel that is closed when the service gets the next request for a path.
func (s *scene) arrival(path string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	arrived := make(chan struct{})
	s.awaited = map[string]chan struct{}{path: arrived}
	return arrived
}

func (s *scene) arrives(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if arrived := s.awaited[path]; arrived != nil {
		close(arrived)
		delete(s.awaited, path)
	}
}

// userInfo returns a client that only calls UserInfo.
func userInfo(t *testing.T, c *setup) *provider.Client {
	t.Helper()
	client, err := provider.New(c.provider)
	require.NoError(t, err)
	return client
}

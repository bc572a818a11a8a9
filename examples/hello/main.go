// Command hello is the first program of the README: an API that greets the owner of a verified token.
package main

import (
	"fmt"
	"log"
	"net/http"

	"github.com/knownbearer/knownbearer/oidcauth"
)

func main() {
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{
			URL:      "https://login.example.com", // your provider, exactly as in the claim iss
			Audience: []string{"api://orders"},    // your API, as the provider knows it
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("GET /orders", auth.Handler(http.HandlerFunc(orders)))
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", nil))
}

func orders(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	fmt.Fprintln(w, "hello", id.Name())
}

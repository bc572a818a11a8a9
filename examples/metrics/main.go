// Command metrics is a service with metrics for Prometheus, beside which lie a dashboard and alerts.
//
//	go run . -issuer https://login.example.com -audience api://orders
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/promauth"
)

func main() {
	issuer := flag.String("issuer", "", "the provider's issuer URL, exactly as in its tokens")
	audience := flag.String("audience", "", "the audience that tokens for this service have")
	addr := flag.String("addr", "127.0.0.1:8080", "the address to listen on")
	flag.Parse()
	_, handler, err := service(oidcauth.Config{Issuers: []oidcauth.Issuer{{URL: *issuer, Audience: []string{*audience}}}})
	if err == nil {
		server := http.Server{Addr: *addr, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
		err = server.ListenAndServe()
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// service returns a service with /orders and /metrics. In production, serve /metrics where only Prometheus reaches it.
func service(config oidcauth.Config) (*oidcauth.Authenticator, http.Handler, error) {
	registry := prometheus.NewRegistry()
	metrics, err := promauth.New(registry)
	if err != nil {
		return nil, nil, err
	}
	config.OnEvent = metrics.OnEvent
	auth, err := oidcauth.New(config)
	if err != nil {
		return nil, nil, err
	}
	metrics.Observe(auth)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.Handle("GET /orders", auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		fmt.Fprintln(w, "orders of", id.Subject())
	})))
	return auth, mux, nil
}

// Command service is an API whose whole configuration is one settings document.
//
//	go run . -settings settings.json
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	_ "modernc.org/sqlite" // the driver that users.sql.driver names

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/promauth"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

func main() {
	file := flag.String("settings", "settings.json", "the settings document")
	addr := flag.String("addr", "127.0.0.1:8080", "the address to listen on")
	probed := flag.String("probe", "", "instead of serving, request this `URL`; the status is 0 if it answers 200")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	work := func() error { return run(ctx, *file, *addr) }
	if *probed != "" {
		work = func() error { return probe(ctx, *probed) }
	}
	err := work()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, file, addr string) error {
	registry := prometheus.NewRegistry()
	metrics, err := promauth.New(registry)
	if err != nil {
		return err
	}
	watcher, err := settings.Watch(file, settings.WatchOptions{Adapt: func(c *settings.Configuration) error {
		c.Config.OnEvent = metrics.OnEvent
		return nil
	}})
	if err != nil {
		return err
	}
	defer watcher.Close()
	go watcher.Run(ctx)
	return serve(ctx, addr, watcher.Handler(func(auth *oidcauth.Authenticator) http.Handler {
		metrics.Observe(auth)
		return routes(auth, watcher.RelyingParty(), registry)
	}))
}

// routes returns the router. Without a login in the document, rp is nil.
func routes(auth *oidcauth.Authenticator, rp *login.RelyingParty, registry *prometheus.Registry) http.Handler {
	router := chi.NewRouter()
	protected := auth.Handler
	if rp != nil {
		router.Handle("/auth/*", rp)
		protected = rp.Require // a browser or a bearer token
	}
	router.With(protected).Get("/orders", orders)
	router.Method(http.MethodPost, "/logout", auth.BackChannelLogout())
	router.Get("/healthz", func(http.ResponseWriter, *http.Request) {})
	router.Get("/readyz", ready(auth))
	router.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	router.Handle("/debug/auth/*", auth.DebugHandler(loopbackOnly))
	return router
}

func orders(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8") // a name must not be taken for HTML
	fmt.Fprintln(w, "orders of", id.Name())
}

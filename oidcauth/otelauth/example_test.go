package otelauth_test

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/otelauth"
)

// traced is a block of the README.
func traced(config oidcauth.Config, orders http.Handler) (http.Handler, error) {
	telemetry := otelauth.New(otelauth.Options{})
	config.OnEvent = telemetry.OnEvent
	config.HTTPClient = &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)} // spans of the calls to the provider
	auth, err := oidcauth.New(config)
	if err != nil {
		return nil, err
	}
	_, err = telemetry.Observe(auth) // the state of keys, caches and the deny list
	return otelhttp.NewHandler(auth.Handler(otelauth.User(orders)), "orders"), err
}

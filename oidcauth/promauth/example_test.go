package promauth_test

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/promauth"
)

// measured is shown in the README.
func measured(config oidcauth.Config, mux *http.ServeMux) (*oidcauth.Authenticator, error) {
	metrics, err := promauth.New(prometheus.DefaultRegisterer)
	if err != nil {
		return nil, err
	}
	config.OnEvent = metrics.OnEvent
	auth, err := oidcauth.New(config)
	if err != nil {
		return nil, err
	}
	metrics.Observe(auth)
	mux.Handle("/metrics", promhttp.Handler())
	return auth, nil
}

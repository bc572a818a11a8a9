// Package hook gives the packages of this module the function of package certsource that binds sources. Package certsource does
// not export it.
package hook

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

// Binding contains the settings that a declared source needs to load its keys.
type Binding struct {
	// Issuer is the issuer whose tokens the keys may verify. It becomes certsource.Key.Issuer.
	Issuer string
	// DiscoveryURL is the URL of the discovery document. If empty, it is Issuer + "/.well-known/openid-configuration", with
	// "common" instead of {tenantid}.
	DiscoveryURL string
	// HTTPClient sends the requests, as oidcauth.Issuer.HTTPClient says. If nil, a client with timeouts is used.
	HTTPClient *http.Client
	// Now is the clock. If nil, it is time.Now.
	Now func() time.Time
	// Logger receives a record when a fetch panics. If nil, it is slog.Default().
	Logger *slog.Logger
	// Observer is told of each fetch. It may be nil.
	Observer fetch.Observer
}

// Bind is a func(certsource.Source, Binding) (certsource.Source, error). This package cannot name that type, because
// package certsource imports it. Package certsource sets Bind when it is initialised, and nothing changes it later.
var Bind any

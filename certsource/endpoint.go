package certsource

import (
	"context"
	"errors"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/keybind/hook"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Endpoint is a URL that serves certificates as PEM, base64 or DER, at most 1 MiB. It uses the certificates
// that match Subject and Thumbprint, as in [Dir]. One of them must be set, unless InsecureTrustAny is.
type Endpoint struct {
	// URL is an https URL; http is allowed on loopback only.
	URL string
	// Subject and Thumbprint select certificates, as in [Dir].
	Subject, Thumbprint string
	// InsecureTrustAny trusts every certificate that is served there. Subject and Thumbprint still select, if
	// set.
	InsecureTrustAny bool
	// Refresh says how often the URL is fetched.
	Refresh Refresh
}

// Keys returns an error. oidcauth.New makes a source that holds keys of the declaration.
func (Endpoint) Keys(Query) ([]Key, error) { return nil, errNotBound }

// bind checks the declaration, and fetches nothing.
func (e Endpoint) bind(b hook.Binding) (Source, error) {
	m, err := newSelector(e.Subject, e.Thumbprint)
	if err != nil {
		return nil, err
	}
	if m.isZero() && !e.InsecureTrustAny {
		return nil, errors.New("certsource: Endpoint needs Subject or Thumbprint, or InsecureTrustAny")
	}
	if err := fetch.CheckURL(e.URL); err != nil {
		return nil, fmt.Errorf("certsource: Endpoint.URL: %w", err)
	}
	client, name := fetch.NewClient(b.HTTPClient), "certificate endpoint "+fetch.Display(e.URL)
	return newRemote(name, e.Refresh, b, func(ctx context.Context) (*keyring, error) {
		return fetch.Observe(ctx, decision.EndpointKeys, func(ctx context.Context) (*keyring, error) {
			res, err := client.Get(ctx, e.URL, maxBytes, nil)
			if err != nil {
				return nil, err
			}
			keys, err := parseAny(res.Body)
			if err != nil {
				return nil, err
			}
			return newKeyring(name, selected(keys, m), b.Issuer), nil
		})
	}), nil
}

package certsource

import (
	"context"
	"errors"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

// Endpoint is a URL that serves certificates as PEM, base64 or DER, at most 1 MiB. It uses the certificates
// that match Subject and Thumbprint, as in [Dir]. Binding fails if neither is set, unless TrustAny is.
type Endpoint struct {
	// URL is an https URL; http is allowed on loopback only.
	URL string
	// Subject and Thumbprint select certificates, as in [Dir].
	Subject, Thumbprint string
	// TrustAny trusts every certificate that is served there. Subject and Thumbprint still select, if
	// set.
	InsecureTrustAny bool
	// Refresh says how often the URL is fetched.
	Refresh Refresh
}

// Keys returns [ErrNotBound].
func (Endpoint) Keys(Query) ([]Key, error) { return nil, ErrNotBound }

// Bind checks the declaration, and fetches nothing.
func (e Endpoint) Bind(b Binding) (Source, error) {
	m, err := newSelector(e.Subject, e.Thumbprint)
	if err != nil {
		return nil, err
	}
	if m.isZero() && !e.InsecureTrustAny {
		return nil, errors.New("certsource: Endpoint needs Subject or Thumbprint, or TrustAny")
	}
	if err := fetch.CheckURL(e.URL); err != nil {
		return nil, fmt.Errorf("certsource: Endpoint.URL: %w", err)
	}
	client, name := fetch.NewClient(b.HTTPClient), "certificate endpoint "+fetch.Display(e.URL)
	return newRemote(name, e.Refresh, b, func(ctx context.Context) (*keyring, error) {
		res, err := client.Get(ctx, e.URL, maxBytes, nil)
		if err != nil {
			return nil, err
		}
		keys, err := parseAny(res.Body)
		if err != nil {
			return nil, err
		}
		return newKeyring(name, selected(keys, m), b.Issuer), nil
	}), nil
}

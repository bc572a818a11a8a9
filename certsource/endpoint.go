package certsource

import (
	"context"
	"errors"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

// Endpoint is a URL that serves certificates, as PEM, base64 or DER. Those that match Subject and Thumbprint are used;
// with neither set, binding fails unless TrustAny says that whatever is served there is trusted.
type Endpoint struct {
	URL                 string
	Subject, Thumbprint string
	TrustAny            bool
	Refresh             Refresh
}

// Keys reports [ErrNotBound].
func (Endpoint) Keys(Query) ([]Key, error) { return nil, ErrNotBound }

// Bind checks the declaration and fetches nothing.
func (e Endpoint) Bind(b Binding) (Source, error) {
	m, err := newMatcher(e.Subject, e.Thumbprint)
	if err != nil {
		return nil, err
	}
	if m.isZero() && !e.TrustAny {
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
		return newKeyring(name, choose(keys, m), b.Issuer), nil
	}), nil
}

package certsource

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// JWKS is a JSON Web Key Set (RFC 7517) at an https URL. One odd key never spoils the others; an empty set, and an
// answer that is no set, leave the keys held as they are.
type JWKS struct {
	URL     string
	Refresh Refresh
}

// Keys reports [ErrNotBound].
func (JWKS) Keys(Query) ([]Key, error) { return nil, ErrNotBound }

// Bind checks the URL and fetches nothing.
func (j JWKS) Bind(b Binding) (Source, error) {
	if err := fetch.CheckURL(j.URL); err != nil {
		return nil, fmt.Errorf("certsource: JWKS.URL: %w", err)
	}
	client := fetch.NewClient(b.HTTPClient)
	return newRemote("key set "+j.URL, j.Refresh, b.Now, func(ctx context.Context) (*keyring, error) {
		return loadJWKS(ctx, client, j.URL, b.Issuer)
	}), nil
}

func loadJWKS(ctx context.Context, client *fetch.Client, url, issuer string) (*keyring, error) {
	res, err := client.Get(ctx, url, maxBytes, nil)
	if err != nil {
		return nil, err
	}
	keys, skipped, err := jose.ParseJWKS(res.Body)
	if err != nil {
		return nil, err
	}
	ring := &keyring{name: "key set " + url, strict: true}
	for _, k := range keys {
		if k.Issuer != "" && k.Issuer != issuer {
			continue // Entra ID says for whom a key signs
		}
		e := newEntry(Key{ID: k.ID, Algorithm: k.Algorithm, Issuer: issuer, Public: k.Public, Certificate: k.Certificate})
		if e.Certificate == nil {
			e.x5t, e.x5tS256 = k.X5T, k.X5TS256
		}
		ring.entries = append(ring.entries, e)
	}
	if len(ring.entries) == 0 {
		return nil, errors.New("certsource: the key set holds no key that can verify tokens")
	}
	if len(skipped) > 0 {
		ring.notes = fmt.Sprintf("%d keys of the set were passed over", len(skipped))
	}
	return ring, nil
}

// Discovered is the key set that the issuer's discovery document names (OpenID Connect Discovery 1.0 section 4). The
// document's issuer must be the issuer, exactly.
type Discovered struct{ Refresh Refresh }

// Keys reports [ErrNotBound].
func (Discovered) Keys(Query) ([]Key, error) { return nil, ErrNotBound }

// Bind checks the discovery URL and fetches nothing.
func (d Discovered) Bind(b Binding) (Source, error) {
	url := b.DiscoveryURL
	if url == "" {
		url = discovery.URL(b.Issuer)
	}
	if err := fetch.CheckURL(url); err != nil {
		return nil, fmt.Errorf("certsource: discovery URL of the issuer: %w", err)
	}
	l := &discoveredLoader{client: fetch.NewClient(b.HTTPClient), url: url, issuer: b.Issuer}
	return newRemote("discovered key set of "+b.Issuer, d.Refresh, b.Now, l.load), nil
}

// discoveredLoader remembers where the keys are until they are no longer there.
type discoveredLoader struct {
	client      *fetch.Client
	url, issuer string

	mu  sync.Mutex
	uri string
}

func (l *discoveredLoader) load(ctx context.Context) (*keyring, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.uri == "" {
		meta, err := discovery.Fetch(ctx, l.client, l.url, l.issuer)
		if err != nil {
			return nil, err
		}
		if meta.JWKSURI == "" {
			return nil, errors.New("certsource: the discovery document names no jwks_uri")
		}
		l.uri = meta.JWKSURI
	}
	ring, err := loadJWKS(ctx, l.client, l.uri, l.issuer)
	if err != nil {
		l.uri = "" // it may have moved: ask discovery next time
	}
	return ring, err
}

package certsource

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
)

// Discovered is the key set that the issuer's discovery document names (OpenID Connect Discovery 1.0 section 4). The
// document's issuer must be the issuer, exactly.
type Discovered struct {
	Refresh Refresh
	JWTSVID bool // as in [JWKS]
}

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
	l := &discoveredLoader{client: fetch.NewClient(b.HTTPClient), url: url, issuer: b.Issuer, uses: usesOf(d.JWTSVID), now: b.Now}
	return newRemote("discovered key set of "+b.Issuer, d.Refresh, b, l.load), nil
}

// rediscover is how long the place of the keys is believed.
const rediscover = time.Hour

// discoveredLoader remembers where the keys are.
type discoveredLoader struct {
	client      *fetch.Client
	url, issuer string
	uses        []string
	now         func() time.Time

	mu   sync.Mutex
	uri  string
	read time.Time // when discovery named uri; zero: ask again
}

func (l *discoveredLoader) load(ctx context.Context) (*keyring, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	age := l.now().Sub(l.read)
	if l.uri == "" || age < 0 || age > rediscover { // negative: the clock was set back
		if err := l.discover(ctx); err != nil && l.uri == "" {
			return nil, err // a place known from before is tried all the same
		}
	}
	ring, err := loadJWKS(ctx, l.client, l.uri, l.issuer, l.uses)
	if err != nil {
		l.read = time.Time{} // the keys may have moved
	}
	return ring, err
}

func (l *discoveredLoader) discover(ctx context.Context) error {
	meta, err := discovery.Fetch(ctx, l.client, l.url, l.issuer)
	if err != nil {
		return err
	}
	if meta.JWKSURI == "" {
		return ErrNoKeySet
	}
	l.uri, l.read = meta.JWKSURI, l.now()
	return nil
}

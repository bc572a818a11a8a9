package certsource

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/keybind/hook"
)

// Discovered is the key set that the issuer's discovery document names (OpenID Connect Discovery 1.0 section 4). The
// issuer in the document must equal the configured issuer exactly. If the document names no key set, the
// issuer signs no tokens. The limits are those of [JWKS].
type Discovered struct {
	// Refresh says how often the key set is fetched.
	Refresh Refresh
	// JWTSVID has the meaning of [JWKS.JWTSVID].
	JWTSVID bool
}

// Keys returns an error. oidcauth.New makes a source that holds keys of the declaration.
func (Discovered) Keys(Query) ([]Key, error) { return nil, errNotBound }

// bind checks the discovery URL, and fetches nothing.
func (d Discovered) bind(b hook.Binding) (Source, error) {
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

// rediscover is how long the URL of the key set is used before discovery is asked again.
const rediscover = time.Hour

// discoveredLoader loads the key set and keeps its URL.
type discoveredLoader struct {
	client      *fetch.Client
	url, issuer string
	uses        []string
	now         func() time.Time

	mu   sync.Mutex
	uri  string
	read time.Time // The time at which discovery named uri. Zero means: ask again.
}

func (l *discoveredLoader) load(ctx context.Context) (*keyring, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	age := l.now().Sub(l.read)
	if l.uri == "" || age < 0 || age > rediscover { // A negative age means that the clock was set back.
		if err := l.discover(ctx); err != nil && l.uri == "" {
			return nil, err // If discovery fails, the last known URL is used.
		}
	}
	ring, err := loadJWKS(ctx, l.client, l.uri, l.issuer, l.uses)
	if err != nil {
		l.read = time.Time{} // The key set may have moved.
	}
	return ring, err
}

func (l *discoveredLoader) discover(ctx context.Context) error {
	meta, err := discovery.Fetch(ctx, l.client, l.url, l.issuer)
	if err != nil {
		return err
	}
	if meta.JWKSURI == "" {
		return discovery.ErrNoKeySet
	}
	l.uri, l.read = meta.JWKSURI, l.now()
	return nil
}

package certsource

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/keybind/hook"
)

// KeyURL is a URL for each key, which serves one public key or certificate as PEM, or as the base64 of a DER, of at most 16 KiB. AWS
// publishes the keys of its load balancers this way.
//
// It is the only source that sends a part of a token: the token's kid becomes the last segment of the path, and nothing else. A kid that
// is not a UUID in lower case is never sent. A token whose key is in memory causes no fetch, even if the key does not verify it: a key
// keeps its kid for ever. A fetch is for at most four kids, and Refresh limits the fetches for all kids together. The statuses 403, 404
// and 410 mean that there is no such key. At most 20 keys are kept; if there are more, the key that was not used for the longest time
// is removed. Each key is fetched again after Refresh.After.
type KeyURL struct {
	// URL is an https URL that ends with the segment {kid}, such as https://keys.example.com/{kid}. http is allowed on loopback
	// only.
	URL string
	// Refresh says how often keys are fetched.
	Refresh Refresh
}

const (
	keySegment    = "/{kid}"
	maxURLKeys    = 20
	maxWanted     = 4
	maxURLKeySize = 16 << 10
)

// Keys returns an error. oidcauth.New makes a source that holds keys of the declaration.
func (KeyURL) Keys(Query) ([]Key, error) { return nil, errNotBound }

// bind checks the URL, and fetches nothing.
func (k KeyURL) bind(b hook.Binding) (Source, error) {
	base, ok := strings.CutSuffix(k.URL, keySegment)
	if !ok || strings.ContainsAny(base, "{}?") {
		return nil, errors.New("certsource: KeyURL.URL does not end with the segment {kid}, or has a query or another placeholder")
	}
	if err := fetch.CheckURL(base); err != nil {
		return nil, fmt.Errorf("certsource: KeyURL.URL: %w", err)
	}
	if k.Refresh.After <= 0 {
		k.Refresh.After = 10 * time.Minute
	}
	if k.Refresh.MaxStale <= 0 {
		k.Refresh.MaxStale = 24 * time.Hour
	}
	s := &keyURL{client: fetch.NewClient(b.HTTPClient), base: base, issuer: b.Issuer, after: k.Refresh.After, maxStale: k.Refresh.MaxStale, kept: map[string]*urlKey{}}
	s.remote = newRemote("keys at "+fetch.Display(base)+keySegment, k.Refresh, b, s.load)
	return s, nil
}

// keyURL holds the keys whose kids tokens have named.
type keyURL struct {
	*remote
	client          *fetch.Client
	base, issuer    string
	after, maxStale time.Duration

	mu     sync.Mutex
	wanted []string // the kids that the next fetch is for
	kept   map[string]*urlKey
}

// urlKey is a key with the times at which it was fetched and last used.
type urlKey struct {
	Key
	fetched, used time.Time
}

// Keys answers from the keys in memory.
func (s *keyURL) Keys(q Query) ([]Key, error) {
	if !isUUID(q.KeyID) {
		return nil, &noKeyError{reports: s.Report()}
	}
	s.touch(q.KeyID)
	return s.remote.Keys(q)
}

func (s *keyURL) find(q Query) (keys []Key, exact bool) {
	if !isUUID(q.KeyID) {
		return nil, false
	}
	return s.remote.find(q)
}

// Report describes the keys in memory. There are none before the first token.
func (s *keyURL) Report() []Report {
	out := s.remote.Report()
	out[0].OnDemand = true
	if out[0].Fetched.IsZero() && out[0].Err == nil {
		out[0].Notes = nil
	}
	return out
}

// Refresh fetches the key that the token names, unless it is in memory or was found missing within the interval.
func (s *keyURL) Refresh(ctx context.Context, q Query) error {
	needed := func() bool { return !s.has(q.KeyID) }
	if !isUUID(q.KeyID) || !needed() || s.missing.has(hashOfKid(q.KeyID)) {
		return nil
	}
	s.want(q.KeyID)
	fresh, err := s.remote.held.Renew(ctx, needed)
	if err == nil && !fresh && needed() {
		_, err = s.remote.held.Renew(ctx, needed)
	}
	if err != nil {
		return &unavailableError{s.name, err}
	}
	return nil
}

func (s *keyURL) has(kid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[kid] != nil
}

func (s *keyURL) touch(kid string) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.kept[kid]; k != nil {
		k.used = now
	}
}

// want adds a kid to the next fetch. If there are too many, it replaces any of them, so that a flood of invented kids does not always
// displace a true one.
func (s *keyURL) want(kid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.wanted) < maxWanted {
		s.wanted = append(s.wanted, kid)
		return
	}
	s.wanted[rand.IntN(maxWanted)] = kid //nolint:gosec // fairness needs no secret
}

// isUUID reports whether a kid is a UUID in lower case (RFC 9562 section 4), and so cannot change the path of a URL.
func isUUID(kid string) bool {
	if len(kid) != 36 {
		return false
	}
	for i := range len(kid) {
		switch c := kid[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c < '0' || c > '9' && c < 'a' || c > 'f':
			return false
		}
	}
	return true
}

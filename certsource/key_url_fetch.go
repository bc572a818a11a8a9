package certsource

import (
	"context"
	"errors"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// load fetches the wanted keys, and then the keys that are due.
func (s *keyURL) load(ctx context.Context) (*keyring, error) {
	wanted, due := s.tasks()
	var first error
	arrived := len(wanted) == 0
	for i, kid := range append(wanted, due...) {
		err := s.fetch(ctx, kid)
		arrived = arrived || err == nil && i < len(wanted)
		if first == nil {
			first = err
		}
	}
	if !arrived {
		return nil, first
	}
	return s.ring(), nil
}

// tasks takes the wanted kids, and returns the kids of the keys that are due.
func (s *keyURL) tasks() (wanted, due []string) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kid := range s.wanted {
		if s.kept[kid] == nil {
			wanted = append(wanted, kid)
		}
	}
	s.wanted = nil
	for kid, k := range s.kept {
		if age := now.Sub(k.fetched); age < 0 || age > s.after {
			due = append(due, kid)
		}
	}
	return wanted, due
}

// fetch fetches one key. It returns no error if the server has no such key.
func (s *keyURL) fetch(ctx context.Context, kid string) error {
	key, err := fetch.Observe(ctx, decision.EndpointKeys, func(ctx context.Context) (Key, error) {
		res, err := s.client.Get(ctx, s.base+"/"+kid, maxURLKeySize, nil)
		if err != nil {
			return Key{}, err
		}
		keys, err := parseText(res.Body)
		if err == nil && len(keys) != 1 {
			err = errors.New("certsource: the answer is not one key")
		}
		if err != nil {
			return Key{}, err
		}
		return Key{ID: kid, Issuer: s.issuer, Public: keys[0].Public, Certificate: keys[0].Certificate}, nil
	})
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case isAbsent(err):
		delete(s.kept, kid)
		s.missing.add(hashOfKid(kid))
		return nil
	case err != nil:
		return err
	}
	used := now
	if former := s.kept[kid]; former != nil {
		used = former.used
	}
	s.kept[kid] = &urlKey{key, now, used}
	return nil
}

// isAbsent reports whether the server has no such key. Object stores answer 403 if the caller may not list the objects.
func isAbsent(err error) bool {
	var e *fetch.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Status == http.StatusNotFound || e.Status == http.StatusForbidden || e.Status == http.StatusGone
}

// ring returns the keys that are not too old, at most maxURLKeys.
func (s *keyURL) ring() *keyring {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for kid, k := range s.kept {
		if now.Sub(k.fetched) > s.maxStale {
			delete(s.kept, kid)
		}
	}
	for len(s.kept) > maxURLKeys {
		var oldest string
		for kid, k := range s.kept {
			if oldest == "" || k.used.Before(s.kept[oldest].used) {
				oldest = kid
			}
		}
		delete(s.kept, oldest)
	}
	ring := &keyring{name: s.name, strict: true}
	for _, k := range s.kept {
		ring.keys = append(ring.keys, newHeldKey(k.Key))
	}
	ring.index()
	return ring
}

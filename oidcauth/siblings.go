package oidcauth

import (
	"sync"
	"weak"

	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// maxSiblings is the largest number of issuers that are remembered.
const maxSiblings = 1000

// trusted remembers the newest Authenticator of this process for each issuer, by a weak pointer. It is the only package-level
// state, and only New's warning depends on it: without it, New could not detect that a new Authenticator replaces one whose deny
// list it does not share.
var trusted siblings

type siblings struct {
	mu   sync.Mutex
	last map[string]weak.Pointer[Authenticator] // by the issuer's URL
}

// join adds an Authenticator. It returns the issuers that another Authenticator trusts without sharing its deny list. If both
// were configured with a list, join assumes that this is intended, even if the lists differ.
func (s *siblings) join(a *Authenticator) (apart []*pipeline.Rules) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[string]weak.Pointer[Authenticator]{}
	}
	for _, iss := range a.engine.Issuers {
		other := s.last[iss.URL].Value()
		if other != nil && other != a && (other.ownList || a.ownList) {
			apart = append(apart, iss)
		}
		s.put(iss.URL, a)
	}
	return apart
}

func (s *siblings) put(url string, a *Authenticator) {
	if _, known := s.last[url]; !known && len(s.last) >= maxSiblings {
		for known, other := range s.last {
			if other.Value() == nil {
				delete(s.last, known)
			}
		}
		if len(s.last) >= maxSiblings {
			return
		}
	}
	s.last[url] = weak.Make(a)
}

const notShared = "another Authenticator of this process trusts the issuer, but the two do not share a deny list: " +
	"each accepts tokens that the other has revoked or logged out; set Config.Revocation.DenyList of both to the same list"

package oidcauth

import (
	"sync"
	"weak"

	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// maxSiblings bounds the issuers of which it is known that an Authenticator trusts them.
const maxSiblings = 1000

// trusted knows, of each issuer, the Authenticator of this process that was made last. It is the only state of this package,
// and decides about a warning only: that an Authenticator was replaced by one that knows no revocation, New could not tell
// otherwise. It keeps none of them alive.
var trusted siblings

type siblings struct {
	mu   sync.Mutex
	last map[string]weak.Pointer[Authenticator] // by the issuer's URL
}

// join makes an Authenticator known, and returns the issuers that another one trusts which does not share its deny list. Two that
// were given lists are believed to have been given them on purpose.
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

const notShared = "another Authenticator of this process trusts the issuer, and does not share its deny list: " +
	"what is revoked or logged out at one, the other accepts; give both one Config.Revocation.DenyList"

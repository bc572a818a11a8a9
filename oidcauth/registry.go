package oidcauth

import (
	"sync"
	"weak"

	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// maxRegistered is the largest number of issuers in the registry.
const maxRegistered = 1000

// authenticators contains the newest Authenticator of this process for each issuer. It is the only package-level state, and
// only a warning of New depends on it: New warns if a new Authenticator replaces another one and does not share its deny list.
var authenticators registry

type registry struct {
	mu     sync.Mutex
	newest map[string]weak.Pointer[Authenticator] // by the issuer's URL
}

// add adds an Authenticator. It returns the issuers that another Authenticator trusts without sharing its deny list. If both
// were configured with a list, add assumes that this is intended, even if the lists differ.
func (r *registry) add(a *Authenticator) (unshared []*pipeline.Rules) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.newest == nil {
		r.newest = map[string]weak.Pointer[Authenticator]{}
	}
	for _, iss := range a.engine.Issuers {
		other := r.newest[iss.URL].Value()
		if other != nil && other.succession != a.succession && (other.ownList || a.ownList) {
			unshared = append(unshared, iss)
		}
		r.put(iss.URL, a)
	}
	return unshared
}

func (r *registry) put(url string, a *Authenticator) {
	if _, known := r.newest[url]; !known && len(r.newest) >= maxRegistered {
		for known, other := range r.newest {
			if other.Value() == nil {
				delete(r.newest, known)
			}
		}
		if len(r.newest) >= maxRegistered {
			return
		}
	}
	r.newest[url] = weak.Make(a)
}

const notShared = "another Authenticator of this process trusts the issuer, but the two do not share a deny list: " +
	"each accepts tokens that the other has revoked or logged out; set Config.Revocation.DenyList of both to the same list"

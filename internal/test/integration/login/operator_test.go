package login_test

import (
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// refusals returns the reasons of the refusals so far.
func (s *scene) refusals() (out []reason.Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Kind == decision.Refused {
			out = append(out, e.Decision.Reason)
		}
	}
	return out
}

// happened counts the events of a kind so far.
func (s *scene) happened(kind decision.EventKind) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// endings returns the reasons for which sessions ended so far.
func (s *scene) endings() (out []reason.Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Kind == decision.SignedOut {
			out = append(out, e.SignOut.Reason)
		}
	}
	return out
}

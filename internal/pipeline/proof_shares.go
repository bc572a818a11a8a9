package pipeline

import (
	"sync"
	"time"
)

// DefaultProofsPerKey is how many proofs of one key are accepted in a period.
const DefaultProofsPerKey = 10_000

// maxProofKeys is the largest number of keys whose proofs are counted. The proofs of further keys are not limited here, because
// each of these keys needs an accepted token of its own, and the store has its own limit.
const maxProofKeys = 100_000

// ProofShares count the proofs of each key, so that one key cannot fill the store of used proofs for all. A period is as long as
// the store remembers a proof. Each process counts only what it adds itself.
type ProofShares struct {
	most   int
	period time.Duration

	mu    sync.Mutex
	now   int64 // the number of the period
	count map[string]int
}

// NewProofShares returns shares of at most this number of proofs in a period.
func NewProofShares(most int, period time.Duration) *ProofShares {
	return &ProofShares{most: most, period: period, count: map[string]int{}}
}

// exhausted reports whether the key has used up its share.
func (s *ProofShares) exhausted(key string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(now)
	return s.count[key] >= s.most
}

func (s *ProofShares) add(key string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(now)
	if n := s.count[key]; n > 0 || len(s.count) < maxProofKeys {
		s.count[key] = n + 1
	}
}

func (s *ProofShares) turn(now time.Time) {
	if n := now.UnixNano() / int64(s.period); n != s.now {
		s.now, s.count = n, map[string]int{}
	}
}

package circuit

import "time"

// maxFailedKeys is the largest number of failed keys that are remembered. If a sender causes more, the gate forgets some,
// and their next calls are not refused with ErrResting.
const maxFailedKeys = 1000

// failedKey describes the last call of a key, which failed.
type failedKey struct {
	at      time.Time
	suspect bool // Reports that the outcome was Suspect.
}

type failedKeys map[Key]failedKey

// within reports whether a time is less than a window ago. It is false for a time in the future, because the clock was set
// back.
func within(at, now time.Time, window time.Duration) bool {
	age := now.Sub(at)
	return age >= 0 && age < window
}

func (m failedKeys) find(k Key, now time.Time, window time.Duration) (failedKey, bool) {
	found, ok := m[k]
	return found, ok && within(found.at, now, window)
}

func (m failedKeys) set(k Key, to failedKey, window time.Duration) {
	if _, found := m[k]; !found && len(m) >= maxFailedKeys {
		m.makeRoom(to.at, window)
	}
	m[k] = to
}

// makeRoom removes the keys whose failure no longer counts. If too many remain, it removes any of them.
func (m failedKeys) makeRoom(now time.Time, window time.Duration) {
	for k, last := range m {
		if !within(last.at, now, window) {
			delete(m, k)
		}
	}
	for k := range m {
		if len(m) < maxFailedKeys {
			return
		}
		delete(m, k)
	}
}

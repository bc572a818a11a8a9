package circuit

import "time"

// maxMarks bounds the keys that are remembered. A sender with more of them makes the gate forget some, which then do not
// rest.
const maxMarks = 1000

// mark is how the last call of a key failed.
type mark struct {
	at      time.Time
	suspect bool
}

type marks map[Key]mark

// within tells whether a moment is not longer ago than a window. One that is to come is none, since a clock was set back.
func within(at, now time.Time, window time.Duration) bool {
	age := now.Sub(at)
	return age >= 0 && age < window
}

func (m marks) find(k Key, now time.Time, window time.Duration) (mark, bool) {
	found, ok := m[k]
	return found, ok && within(found.at, now, window)
}

func (m marks) set(k Key, to mark, window time.Duration) {
	if _, known := m[k]; !known && len(m) >= maxMarks {
		m.makeRoom(to.at, window)
	}
	m[k] = to
}

// makeRoom drops what has ended, and then anything.
func (m marks) makeRoom(now time.Time, window time.Duration) {
	for k, have := range m {
		if !within(have.at, now, window) {
			delete(m, k)
		}
	}
	for k := range m {
		if len(m) < maxMarks {
			return
		}
		delete(m, k)
	}
}

package login

import "time"

// recent remembers values for a short time. The zero recent is ready to use. Its methods must be called while its owner holds a lock.
type recent[T any] struct{ values map[string]recentValue[T] }

type recentValue[T any] struct {
	value T
	until time.Time
}

const (
	maxRecent = 10_000
	maxLooked = 4 // the number of values that each new one compares with the clock
)

func (m *recent[T]) get(key string, now time.Time) (value T, found bool) {
	v, found := m.values[key]
	if !found || !now.Before(v.until) {
		return value, false
	}
	return v.value, true
}

// put drops a few values that have ended or, if there are too many, any value.
func (m *recent[T]) put(key string, value T, now, until time.Time) {
	if m.values == nil {
		m.values = map[string]recentValue[T]{}
	}
	looked := 0
	for other, v := range m.values {
		if !now.Before(v.until) || len(m.values) >= maxRecent {
			delete(m.values, other)
		}
		if looked++; looked == maxLooked {
			break
		}
	}
	m.values[key] = recentValue[T]{value, until}
}

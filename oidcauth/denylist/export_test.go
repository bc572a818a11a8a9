package denylist

// Looked returns how many ends of entries Add has compared with the clock to make room.
func (m *Memory) Looked() int { return m.looked }

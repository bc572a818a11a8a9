package denylist

import "time"

// end is the time at which an entry may be dropped.
type end struct {
	at  time.Time
	key string
}

// ends is a binary heap. The first element is the earliest end.
type ends []end

func (h *ends) push(e end) {
	*h = append(*h, e)
	s := *h
	for i := len(s) - 1; i > 0; {
		above := (i - 1) / 2
		if !s[i].at.Before(s[above].at) {
			return
		}
		s[i], s[above] = s[above], s[i]
		i = above
	}
}

// pop removes the earliest end, which must exist.
func (h *ends) pop() end {
	s := *h
	first, last := s[0], len(s)-1
	s[0], s[last] = s[last], end{}
	s = s[:last]
	*h = s
	for i := 0; ; {
		least := i
		for _, below := range [2]int{2*i + 1, 2*i + 2} {
			if below < len(s) && s[below].at.Before(s[least].at) {
				least = below
			}
		}
		if least == i {
			return first
		}
		s[i], s[least] = s[least], s[i]
		i = least
	}
}

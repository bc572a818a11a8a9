package history

import "time"

// Minutes is the number of minutes that are counted.
const Minutes = 60

// Counts contains a number for each of the last [Minutes]. The last one is the present minute.
type Counts [Minutes]int

// Sum returns the number in all minutes.
func (c Counts) Sum() (n int) {
	for _, m := range c {
		n += m
	}
	return n
}

// window counts in each minute up to the minute last. Its zero value has counted nothing.
type window struct {
	last int64
	n    Counts
}

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

// add counts at a time. A time before the last minute counts in the last minute, because a clock may go back.
func (w *window) add(t time.Time) {
	w.advance(t)
	w.n[Minutes-1]++
}

// advance moves the window forward to a time.
func (w *window) advance(t time.Time) {
	to := minuteOf(t)
	by := min(max(to-w.last, 0), Minutes)
	copy(w.n[:], w.n[by:])
	clear(w.n[Minutes-by:])
	w.last = max(w.last, to)
}

package page

import (
	"fmt"
	"time"

	"github.com/knownbearer/knownbearer/internal/history"
)

// The drawing is stretched to the width of the page, so its units are no pixels: a minute is ten units wide.
const (
	minuteWidth = 10
	barWidth    = 8
	barsHeight  = 100
	fetchTop    = 108
	fetchHeight = 10
	chartHeight = fetchTop + fetchHeight
	interval    = 5 // minutes of a row of the table
)

// rect is a bar of the drawing.
type rect struct {
	X, Y, W, H int
	Class      string
}

// chart is the drawing of the last hour, with the table that says the same.
type chart struct {
	Width, Height int
	Bars          []rect
	Peak          int
	// Summary describes the drawing in a sentence.
	Summary string
	Rows    []chartRow
	Fetches bool
}

// chartRow is the sum of some minutes.
type chartRow struct {
	From, To                   time.Time
	Refused, Failed, Good, Bad int
}

// draw makes the drawing. Refusals that no token causes, with status 500 or 503, are drawn apart, because they are faults of this
// service or of what it depends on.
func draw(h Home) chart {
	var tokens, faults history.Counts
	for _, c := range h.Causes {
		into := &tokens
		if c.Status >= 500 {
			into = &faults
		}
		for i, n := range c.Counts {
			into[i] += n
		}
	}
	out := chart{Width: history.Minutes * minuteWidth, Height: chartHeight, Fetches: h.Good.Sum()+h.Bad.Sum() > 0}
	peakAt := 0
	for i := range tokens {
		if n := tokens[i] + faults[i]; n > out.Peak {
			out.Peak, peakAt = n, i
		}
	}
	for i := range tokens {
		x := i * minuteWidth
		below, above := height(faults[i], out.Peak), height(tokens[i], out.Peak)
		out.bar(x, barsHeight-below, below, "fault")
		out.bar(x, barsHeight-below-above, above, "refused")
		switch {
		case h.Bad[i] > 0:
			out.bar(x, fetchTop, fetchHeight, "fetch-bad")
		case h.Good[i] > 0:
			out.bar(x, fetchTop, fetchHeight, "fetch-good")
		}
	}
	out.Rows = rows(h, tokens, faults)
	out.Summary = summary(tokens.Sum(), faults.Sum(), out.Peak, startOf(h.Now, peakAt), h)
	return out
}

func (c *chart) bar(x, y, height int, class string) {
	if height > 0 {
		c.Bars = append(c.Bars, rect{x + (minuteWidth-barWidth)/2, y, barWidth, height, class})
	}
}

// height returns the height of a bar. A bar of one refusal is visible beside one of thousands.
func height(n, peak int) int {
	if n == 0 {
		return 0
	}
	return max(n*barsHeight/peak, 3)
}

// startOf returns the start of a minute of the counts.
func startOf(now time.Time, minute int) time.Time {
	return now.Truncate(time.Minute).Add(time.Duration(minute-history.Minutes+1) * time.Minute)
}

func rows(h Home, tokens, faults history.Counts) []chartRow {
	var out []chartRow
	for i := 0; i < history.Minutes; i += interval {
		r := chartRow{From: startOf(h.Now, i), To: startOf(h.Now, i+interval)}
		for m := i; m < i+interval; m++ {
			r.Refused += tokens[m]
			r.Failed += faults[m]
			r.Good += h.Good[m]
			r.Bad += h.Bad[m]
		}
		out = append(out, r)
	}
	return out
}

func summary(tokens, faults, peak int, at time.Time, h Home) string {
	if tokens+faults == 0 {
		return "No request was refused in the last hour."
	}
	text := fmt.Sprintf("%s refused in the last hour, at most %d a minute, at %s UTC.", plural(tokens+faults, "request", "requests"), peak, at.UTC().Format("15:04"))
	if faults > 0 {
		text += fmt.Sprintf(" Of them, %d for a fault of this service or of a dependency.", faults)
	}
	if bad := h.Bad.Sum(); bad > 0 {
		text += fmt.Sprintf(" %s failed.", plural(bad, "fetch", "fetches"))
	}
	return text
}

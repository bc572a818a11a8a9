package decision

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
)

// String returns the decision as plain text of several aligned lines, without control characters. The first line contains the
// verdict and the cause, and the next lines its fix. The steps follow, and then the other hints. Steps that did not run share one
// line.
func (d *Decision) String() string { return d.text(false) }

// Verbose is like String, but gives each step that did not run a line with the cause.
func (d *Decision) Verbose() string { return d.text(true) }

func (d *Decision) text(verbose bool) string {
	var b strings.Builder
	b.WriteString(record.Printable(d.headline()) + "\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(cells ...string) {
		for i, c := range cells {
			cells[i] = record.Printable(c)
		}
		fmt.Fprintln(w, "  "+strings.Join(cells, "\t"))
	}
	flush := func() { _ = w.Flush() } // Writing to memory never fails.
	best, ok := d.BestHint()
	if ok {
		best.print("", line)
		best.printMends("", line)
		line("hint", best.Code)
	} else if detail := d.detail(); detail != "" {
		line("detail", detail)
	}
	flush()
	d.printFacts(line)
	flush()
	d.printSteps(verbose, line)
	flush()
	for _, h := range d.Hints {
		if h.Code == best.Code && h.Reason == best.Reason {
			continue
		}
		line("also " + h.Code)
		line("  cause", h.Cause)
		h.print("  ", line)
		if verbose {
			h.printMends("  ", line)
		}
		flush()
	}
	return trimmed(b.String())
}

// trimmed removes the blanks at the ends of lines, which empty cells leave.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

// BestHint returns the first hint on the reason of the refusal. The first hint of all may concern another fault.
func (d *Decision) BestHint() (Hint, bool) {
	i := slices.IndexFunc(d.Hints, func(h Hint) bool { return h.Reason == d.Reason })
	if i < 0 {
		return Hint{}, false
	}
	return d.Hints[i], true
}

// detail returns the detail of the fault that refuses. It is empty if the decision has no steps.
func (d *Decision) detail() string {
	if faults := d.Faults(); len(faults) > 0 && faults[0].Reason == d.Reason {
		return faults[0].Detail
	}
	return ""
}

// headline contains the verdict and the cause.
func (d *Decision) headline() string {
	if d.Accepted {
		return "ACCEPTED"
	}
	text := fmt.Sprintf("REFUSED %d %s", d.Status, d.Reason)
	if cause := d.Cause(); cause != "" {
		text += ": " + cause
	}
	return text
}

// print omits the cause, because the headline contains that of the best hint.
func (h Hint) print(indent string, line func(...string)) {
	line(indent+"fix", h.Fix)
	if h.Actual != "" {
		line(indent+"actual", h.Actual)
	}
	if h.Expected != "" {
		line(indent+"expected", h.Expected)
	}
}

func (h Hint) printMends(indent string, line func(...string)) {
	for _, m := range h.Mends {
		m.print(indent, line)
	}
}

// printFacts prints which request and token the decision is about.
func (d *Decision) printFacts(line func(...string)) {
	line("decision", d.ID+", "+d.Time.UTC().Format(time.RFC3339))
	if d.Method != "" {
		line("request", strings.TrimSpace(d.Method+" "+d.Route))
	}
	facts := d.Token.rows()
	for _, f := range facts {
		line(f[0], f[1])
	}
	if len(facts) > 0 && !d.Accepted && !d.Verified {
		line("note", "The signature is not verified, so anyone may have written the token.")
	}
}

func (d *Decision) printSteps(verbose bool, line func(...string)) {
	var skipped []string
	for _, s := range d.Steps {
		if s.Outcome == Skipped && !verbose {
			skipped = append(skipped, s.Name)
			continue
		}
		s.print(line)
	}
	if skipped != nil {
		line("not checked: " + strings.Join(skipped, ", "))
	}
}

func (f TokenFacts) rows() [][2]string {
	var out [][2]string
	for _, row := range [][2]string{
		{"typ", f.Type},
		{"alg", f.Algorithm},
		{"kid", f.KeyID},
		{"iss", f.Issuer},
		{"aud", f.Audience},
		{"jti", f.ID},
		{"iat", f.IssuedAt},
		{"exp", f.Expires},
		{"claims", strings.Join(f.Claims, " ")},
	} {
		if row[1] != "" {
			out = append(out, row)
		}
	}
	return out
}

func (s Step) print(line func(...string)) {
	mark := map[Outcome]string{Passed: "ok", Failed: "FAILED", Skipped: "-"}[s.Outcome]
	if s.Unverified {
		mark += " (unverified)"
	}
	if len(s.Faults) == 0 {
		line(s.Name, mark, s.Detail)
	}
	for _, f := range s.Faults {
		line(s.Name, mark, string(f.Reason)+": "+f.Detail)
	}
	for _, k := range s.Sources {
		line("", "", k.String())
	}
	for _, c := range s.Claims {
		line("", "", c.Name+" from "+c.Source+" "+c.Value)
	}
}

// String describes the source in one line.
func (k KeySource) String() string {
	text := k.Source + " has no keys"
	if len(k.Held) > 0 {
		text = fmt.Sprintf("%s has the keys %q", k.Source, k.Held)
	}
	if !k.Fetched.IsZero() {
		text += ", fetched " + k.Fetched.UTC().Format(time.RFC3339)
	}
	if k.Stale {
		text += ", too old to be used"
	}
	for _, n := range k.Notes {
		text += "; " + n
	}
	if k.Fault != "" {
		text += "; the last fetch failed: " + k.Fault
	}
	return text
}

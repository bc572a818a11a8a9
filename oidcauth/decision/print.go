package decision

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
)

// String returns the decision as plain text of several aligned lines, without control characters. The first line contains the
// verdict and the cause, and the next lines its fix. Steps that did not run share one line.
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
	for i, h := range d.Hints {
		h.print(i == 0, line)
		_ = w.Flush() // Writing to memory never fails.
	}
	line("decision", d.ID+", "+d.Time.UTC().Format(time.RFC3339))
	if d.Method != "" {
		line("request", d.Method+" "+d.Route)
	}
	for _, f := range d.Token.rows() {
		line(f[0], f[1])
	}
	if !d.Accepted && !d.Verified {
		line("note", "The signature is not verified, so anyone may have written the token.")
	}
	_ = w.Flush()
	var skipped []string
	for _, s := range d.Steps {
		if s.Outcome == Skipped && !verbose {
			skipped = append(skipped, s.Name)
			continue
		}
		s.print(line)
	}
	_ = w.Flush()
	if skipped != nil {
		line("not checked: " + strings.Join(skipped, ", "))
		_ = w.Flush()
	}
	return b.String()
}

// headline contains the cause of the first hint or, if there is no hint, the meaning of the reason.
func (d *Decision) headline() string {
	if d.Accepted {
		return "ACCEPTED"
	}
	cause := d.Reason.Meaning()
	if len(d.Hints) > 0 {
		cause = d.Hints[0].Cause
	}
	text := fmt.Sprintf("REFUSED %d %s", d.Status, d.Reason)
	if cause != "" {
		text += ": " + cause
	}
	return text
}

// print omits the cause of the first hint, because the headline contains it.
func (h Hint) print(first bool, line func(...string)) {
	indent := ""
	if !first {
		indent = "  "
		line("also " + h.Code)
		line("  cause", h.Cause)
	}
	line(indent+"fix", h.Fix)
	if h.Actual != "" {
		line(indent+"actual", h.Actual)
	}
	if h.Expected != "" {
		line(indent+"expected", h.Expected)
	}
	if first {
		line("hint", h.Code)
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

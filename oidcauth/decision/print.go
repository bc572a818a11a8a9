package decision

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
)

// String returns the decision as plain text of several aligned lines, without control characters.
func (d *Decision) String() string {
	var b strings.Builder
	b.WriteString(d.headline() + "\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(cells ...string) {
		for i, c := range cells {
			cells[i] = record.Printable(c)
		}
		fmt.Fprintln(w, "  "+strings.Join(cells, "\t"))
	}
	line("decision", d.ID+", "+d.Time.UTC().Format(time.RFC3339))
	if d.Method != "" {
		line("request", d.Method+" "+d.Route)
	}
	for _, f := range d.Token.rows() {
		line(f[0], f[1])
	}
	_ = w.Flush() // Writing to memory never fails.
	for _, s := range d.Steps {
		s.print(line)
	}
	_ = w.Flush()
	for _, h := range d.Hints {
		line("hint " + h.Code)
		line("  cause", h.Cause)
		line("  fix", h.Fix)
		if h.Actual != "" {
			line("  actual", h.Actual)
		}
		if h.Expected != "" {
			line("  expected", h.Expected)
		}
		_ = w.Flush()
	}
	return b.String()
}

func (d *Decision) headline() string {
	switch {
	case d.Accepted:
		return "ACCEPTED"
	case d.Verified:
		return fmt.Sprintf("REFUSED %d %s", d.Status, d.Reason)
	}
	return fmt.Sprintf("REFUSED %d %s (the signature is not verified, so anyone may have written the token)", d.Status, d.Reason)
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

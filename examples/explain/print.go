package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// printer writes for a person, in colours on a terminal, or for a machine.
type printer struct {
	out                   io.Writer
	json, verbose, colour bool
}

func newPrinter(out io.Writer, o options) printer {
	return printer{out: out, json: o.json, verbose: o.verbose, colour: os.Getenv("NO_COLOR") == "" && isTerminal(out)}
}

func isTerminal(out any) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

func (p printer) asJSON(v any) error {
	e := json.NewEncoder(p.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// explained prints a decision, and then how the input was read: the first line is the verdict.
func (p printer) explained(d *decision.Decision, in summary, advice string) error {
	if p.json {
		return p.asJSON(struct {
			*decision.Decision
			Input  summary `json:"input"`
			Advice string  `json:"advice,omitempty"`
		}{d, in, advice})
	}
	text := d.String()
	if p.verbose {
		text = d.Verbose()
	}
	for i, line := range in.lines() {
		head := ""
		if i == 0 {
			head = "input"
		}
		text += fmt.Sprintf("  %-5s  %s\n", head, line)
	}
	if advice != "" {
		text += "  here   " + advice + "\n"
	}
	return p.text(text)
}

func (p printer) findings(found []decision.Finding) error {
	if p.json {
		return p.asJSON(found)
	}
	var b strings.Builder
	for _, f := range found {
		b.WriteString(f.String() + "\n")
		for _, m := range f.Mends {
			for _, line := range m.Lines() {
				b.WriteString("  " + line + "\n")
			}
		}
	}
	return p.text(b.String())
}

func (p printer) discovered(d discovered) error {
	if p.json {
		return p.asJSON(d)
	}
	var b strings.Builder
	for _, row := range [][2]string{
		{"document", d.URL},
		{"issuer", d.Issuer},
		{"keys", d.JWKSURI},
		{"userinfo", d.UserInfo},
		{"introspection", d.Introspection},
		{"revocation", d.Revocation},
	} {
		fmt.Fprintf(&b, "// %-13s  %q\n", row[0], row[1]) // it must not end the comment
	}
	return p.text(b.String() + "\n" + d.Configuration)
}

const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

// coloured lists the beginnings of lines that are coloured.
var coloured = []struct{ text, colour string }{
	{"ACCEPTED", green}, {"REFUSED", red}, {"failed:", red}, {"risky:", yellow}, {"  fix ", yellow}, {"    fix ", yellow},
}

// text colours the words that tell the result. Only the beginning of a line is compared, since the rest may quote a token.
func (p printer) text(s string) error {
	if p.colour {
		lines := strings.SplitAfter(s, "\n")
		for i, line := range lines {
			for _, c := range coloured {
				if rest, ok := strings.CutPrefix(line, c.text); ok {
					lines[i] = c.colour + c.text + plain + rest
				}
			}
		}
		s = strings.Join(lines, "")
	}
	_, err := io.WriteString(p.out, s)
	return err
}

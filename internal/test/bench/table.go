package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// table is what one measurement prints.
type table struct {
	title   string
	columns []string
	rows    [][]string
	notes   []string // what a reader has to know to read the figures right
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(w io.Writer, markdown bool) error {
	if markdown {
		return t.writeMarkdown(w)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", t.title)
	aligned := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{t.columns}, t.rows...) {
		fmt.Fprintf(aligned, "  %s\n", strings.Join(row, "\t"))
	}
	_ = aligned.Flush() // into memory
	b.WriteString("\n")
	for _, note := range t.notes {
		fmt.Fprintf(&b, "  - %s\n", note)
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *table) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%s\n", t.title, t.lines())
	for _, note := range t.notes {
		fmt.Fprintf(&b, "- %s\n", note)
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// lines are the columns and rows in Markdown.
func (t *table) lines() string {
	var b strings.Builder
	line := func(cells []string) {
		escaped := make([]string, len(cells))
		for i, c := range cells {
			escaped[i] = strings.ReplaceAll(c, "|", `\|`)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(escaped, " | "))
	}
	line(t.columns)
	fmt.Fprintf(&b, "|%s\n", strings.Repeat("---|", len(t.columns)))
	for _, row := range t.rows {
		line(row)
	}
	return b.String()
}

package main

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// tally is of one judge in one group.
type tally struct{ rows, accepts, refuses, faults int }

func (t tally) String() string {
	if t.rows == 0 {
		return "–"
	}
	return fmt.Sprintf("%d / %d / %d", t.accepts, t.refuses, t.faults)
}

// table is the result, by group of rows.
type table struct {
	left    map[string]int
	tallies map[string]map[string]tally // by group, by judge
	refused map[string]int              // rows that want a refusal, by group
}

const total = "all"

func newTable(left map[string]int) *table {
	return &table{left: left, tallies: map[string]map[string]tally{}, refused: map[string]int{}}
}

var word = regexp.MustCompile(`^TestVerdict([A-Z][a-z]+|[A-Z]+)`)

// group is named by the first word of the test; of discovery by what it is about.
func (r row) group() string {
	name := word.FindStringSubmatch(r.Test)
	switch {
	case r.Discovery:
		return "discovery document"
	case name == nil:
		return r.Test
	case strings.HasPrefix(name[1], "Discovery"):
		return "fetching of keys"
	case name[1] == strings.ToUpper(name[1]):
		return name[1]
	}
	return strings.ToLower(name[1])
}

func (t *table) count(r row, j judge, v verdict) {
	for _, group := range []string{r.group(), total} {
		if t.tallies[group] == nil {
			t.tallies[group] = map[string]tally{}
		}
		c := t.tallies[group][j.name]
		c.rows++
		if v.fault != "" {
			c.faults++
		}
		if v.accepted && r.Want != "" {
			c.accepts++
		}
		if !v.accepted && r.Want == "" {
			c.refuses++
		}
		t.tallies[group][j.name] = c
		if j.name == own.name && r.Want != "" {
			t.refused[group]++
		}
	}
}

func (t *table) faultless(j judge) bool {
	c := t.tallies[total][j.name]
	return c.accepts+c.refuses+c.faults == 0
}

func (t *table) lines() [][]string {
	head := []string{"group", "to refuse", "to accept"}
	judges := append([]judge{own}, peers...)
	for _, j := range judges {
		head = append(head, j.title())
	}
	out := [][]string{head}
	for _, group := range t.order() {
		refused := t.refused[group]
		line := []string{group, fmt.Sprint(refused), fmt.Sprint(t.tallies[group][own.name].rows - refused)}
		for _, j := range judges {
			line = append(line, t.tallies[group][j.name].String())
		}
		out = append(out, line)
	}
	return out
}

func (t *table) order() []string {
	groups := slices.DeleteFunc(slices.Sorted(maps.Keys(t.tallies)), func(group string) bool { return group == total })
	return append(groups, total)
}

// notes are what a reader has to know to read the figures right.
func (t *table) notes() []string {
	out := []string{
		"Figures: accepts what must be refused / refuses what must be accepted / panics, hangs, or reads a body without end.",
		fmt.Sprintf("%d rows. A dash (–): the rows turn on a discovery document, which the library does not read.", t.tallies[total][own.name].rows),
	}
	for _, why := range slices.Sorted(maps.Keys(t.left)) {
		out = append(out, fmt.Sprintf("Left out: %d rows for %s.", t.left[why], why))
	}
	return out
}

func (t *table) write(w io.Writer, markdown bool) error {
	var b strings.Builder
	if markdown {
		b.WriteString(t.markdown())
	} else {
		aligned := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, line := range t.lines() {
			fmt.Fprintln(aligned, strings.Join(line, "\t"))
		}
		_ = aligned.Flush() // into memory
	}
	b.WriteString("\n" + t.list())
	_, err := io.WriteString(w, b.String())
	return err
}

// list has the notes as a list.
func (t *table) list() string {
	var b strings.Builder
	for _, note := range t.notes() {
		fmt.Fprintf(&b, "- %s\n", note)
	}
	return b.String()
}

func (t *table) markdown() string {
	var b strings.Builder
	for i, line := range t.lines() {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(line, " | "))
		if i == 0 {
			fmt.Fprintf(&b, "|%s\n", strings.Repeat("---|", len(line)))
		}
	}
	return b.String()
}

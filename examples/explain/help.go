package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

const introduction = `explain verifies a token as your service does, and explains why it is refused.

  explain -issuer URL -audience NAME < token     explains a token
  explain -issuer URL -audience NAME -doctor     examines the provider and the configuration
  explain -issuer URL -discover                  prints the configuration for a service
  explain -settings FILE < token                 explains a token by a settings document

The input is a token, or the text that contains it: an Authorization or Cookie header, a whole HTTP
request, the output of curl -v, a curl command, "Copy as cURL" or "Copy as fetch" of a browser, a
HAR, or a JSON token response. No token is printed, and none is read from an argument.
`

const statuses = `
Exit status
  0    the token is accepted; -doctor: the provider has no fault
  1    the token is refused; -doctor: there is a fault; -discover: discovery fails
  2    nothing was examined: wrong flags, a configuration that is refused, or no token
`

const (
	maxColumn = 100
	textBegin = 30
)

func help(_ context.Context, o options, s streams) (int, error) {
	var b strings.Builder
	b.WriteString(introduction)
	for _, g := range o.groups() {
		fmt.Fprintf(&b, "\n%s\n", g.title)
		for _, f := range g.settings {
			head := strings.TrimRight("  -"+f.name+" "+f.argument, " ")
			if len(head) >= textBegin-1 {
				b.WriteString(head + "\n")
				head = ""
			}
			for _, line := range wrapped(f.text, maxColumn-textBegin) {
				fmt.Fprintf(&b, "%-*s%s\n", textBegin, head, line)
				head = ""
			}
		}
	}
	b.WriteString(statuses)
	_, err := io.WriteString(s.out, b.String())
	return accepted, err
}

// wrapped breaks a text between words into lines of at most this many columns.
func wrapped(text string, columns int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > columns {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimLeft(line+" "+word, " ")
	}
	return append(lines, line)
}

package readme

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	errUnmarked = errors.New("a Go block has no comment that says where it comes from")
	errOpen     = errors.New("the marked block or table has no end")
)

// Pages renders what pages of Markdown mark. A table or an output that it has no function for is left as it is.
type Pages struct {
	Go      *Sources // nil: code is left as it is, too
	Tables  map[string]func() string
	Outputs map[string]func() (string, error)
}

// ErrNoTable says that a page has no table of this name.
var ErrNoTable = errors.New("the page has no table of this name")

var (
	mark = regexp.MustCompile(`^<!-- (go|table|output): (.+) -->$`)
	// varying is what differs from one run of a program to the next, and where it breaks lines.
	varying = regexp.MustCompile(`127\.0\.0\.1:\d+|(time|duration_ms|decision_id|iat|exp|token\.iat|token\.exp)=\S+|\s+`)
)

const (
	fence    = "```"
	endMark  = "<!-- end -->"
	goFence  = fence + "go"
	outFence = fence + "text"
)

// Render returns the page with everything that is marked made again.
func (p *Pages) Render(page string) (string, error) {
	lines := strings.Split(page, "\n")
	var out []string
	for i := 0; i < len(lines); i++ {
		m := mark.FindStringSubmatch(lines[i])
		if m == nil {
			if lines[i] == goFence {
				return "", fmt.Errorf("%w: line %d", errUnmarked, i+1)
			}
			out = append(out, lines[i])
			continue
		}
		end, last := i+1, endMark
		if m[1] != "table" {
			end, last = i+2, fence
		}
		for end < len(lines) && lines[end] != last {
			end++
		}
		if end >= len(lines) {
			return "", fmt.Errorf("%w: %s", errOpen, lines[i])
		}
		made, err := p.made(m[1], m[2], lines[i+1:end])
		if err != nil {
			return "", err
		}
		out = append(append(append(out, lines[i]), made...), last)
		i = end
	}
	return strings.Join(out, "\n"), nil
}

// made returns the lines between a mark and its end.
func (p *Pages) made(kind, name string, have []string) ([]string, error) {
	switch kind {
	case "go":
		if p.Go == nil {
			return have, nil
		}
		code, err := p.Go.code(name)
		return strings.Split(goFence+"\n"+code, "\n"), err
	case "table":
		if table := p.Tables[name]; table != nil {
			return strings.Split(strings.TrimSpace(table()), "\n"), nil
		}
		return have, nil
	}
	run := p.Outputs[name]
	if run == nil {
		return have, nil
	}
	text, err := run()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	made := outFence + "\n" + strings.Trim(text, "\n")
	if varying.ReplaceAllString(made, "") == varying.ReplaceAllString(strings.Join(have, "\n"), "") {
		return have, nil
	}
	return strings.Split(made, "\n"), nil
}

// WriteTable replaces a table of the page in a file: for programs that measure what the page shows.
func WriteTable(file, name, table string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !strings.Contains(string(data), "<!-- table: "+name+" -->\n") {
		return fmt.Errorf("%w: %s in %s", ErrNoTable, name, filepath.Base(file))
	}
	p := &Pages{Tables: map[string]func() string{name: func() string { return table }}}
	text, err := p.Render(string(data))
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o600)
}

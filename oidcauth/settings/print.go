package settings

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxLine is the length up to which a value is printed on one line.
const maxLine = 100

// json prints a node with a line for each member. A comment stands behind its member.
func (n Node) json() []byte {
	var b bytes.Buffer
	n.print(&b, "")
	b.WriteByte('\n')
	return b.Bytes()
}

func (n Node) print(b *bytes.Buffer, indent string) {
	switch value := n.Value.(type) {
	case []Member:
		n.printMembers(b, value, indent)
	case []Node:
		if line := n.inline(); len(line) <= maxLine {
			b.WriteString(line)
			return
		}
		b.WriteString("[\n")
		for i, e := range value {
			b.WriteString(indent + "  ")
			e.print(b, indent+"  ")
			if i < len(value)-1 {
				b.WriteByte(',')
			}
			b.WriteByte('\n')
		}
		b.WriteString(indent + "]")
	default:
		b.WriteString(scalar(value))
	}
}

func (n Node) printMembers(b *bytes.Buffer, members []Member, indent string) {
	if len(members) == 0 {
		b.WriteString("{}")
		return
	}
	b.WriteString("{\n")
	for i, m := range members {
		if i > 0 && m.Name == "//"+members[i-1].Name {
			b.WriteByte(' ')
		} else {
			b.WriteString(indent + "  ")
		}
		b.WriteString(scalar(m.Name) + ": ")
		m.Node.print(b, indent+"  ")
		if i < len(members)-1 {
			b.WriteByte(',')
		}
		if i == len(members)-1 || members[i+1].Name != "//"+m.Name {
			b.WriteByte('\n')
		}
	}
	b.WriteString(indent + "}")
}

// inline prints a value on one line.
func (n Node) inline() string {
	switch value := n.Value.(type) {
	case []Member:
		parts := make([]string, 0, len(value))
		for _, m := range value {
			parts = append(parts, scalar(m.Name)+": "+m.Node.inline())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []Node:
		parts := make([]string, 0, len(value))
		for _, e := range value {
			parts = append(parts, e.inline())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return scalar(value)
	}
}

func scalar(value any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // a text, a number, a bool or nil
	return strings.TrimSpace(b.String())
}

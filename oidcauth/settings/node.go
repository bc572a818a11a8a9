package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Node is one value of a document, with its position. [Parse] makes nodes of JSON; [ParseNode] reads those of another format.
type Node struct {
	// Value is nil, a bool, a string, a [json.Number], a []Node or a []Member.
	Value any
	// Line and Column are the position of the value, counted from 1. A column is one character.
	Line, Column int

	path   string // where the value is in its document
	origin string // where the value comes from, in words for Effective
}

// Member is a member of an object. Repeated members are an error of ParseNode, not of a parser.
type Member struct {
	// Name is the name of the member.
	Name string
	// Line and Column are the position of the name.
	Line, Column int
	// Node is the value.
	Node Node
}

// limits bound a document. A document of this size configures thousands of providers.
var limits = strictjson.Limits{Bytes: 4 << 20, Depth: 32, Values: 200_000}

func parseJSON(data []byte) (Node, *Error) {
	text := string(data)
	if strings.HasPrefix(text, "\ufeff") {
		return Node{}, &Error{Line: 1, Column: 1, Problem: "the text begins with a byte order mark: save it as UTF-8 without one"}
	}
	parsed, err := strictjson.ParseNode(text, limits)
	p := positions{text: text, line: 1, column: 1}
	var fault *strictjson.Error
	if errors.As(err, &fault) {
		p.move(fault.Offset)
		return Node{}, &Error{Line: p.line, Column: p.column, Problem: "this is not JSON: " + fault.Problem + remedy(text, min(fault.Offset, len(text)))}
	}
	return p.node(parsed), nil
}

// remedy names the usual slip that leads to a fault at this offset, or nothing.
func remedy(text string, at int) string {
	before, found := strings.TrimSpace(text[:at]), text[at:]
	first, _ := utf8.DecodeRuneInString(found)
	switch {
	case found == "" && before != "":
		return ": the text ends here, so a closing brace, bracket or quotation mark is missing"
	case strings.ContainsRune("\u201c\u201d\u201e\u2018\u2019'", first):
		return `: write the quotation mark "`
	case strings.HasSuffix(before, ",") && strings.ContainsRune("}]", first):
		return ": remove the comma before it"
	case first == '/' || first == '#':
		return `: a comment is a member whose name begins with //`
	}
	return ""
}

// positions converts offsets, which must not decrease, to lines and columns.
type positions struct {
	text             string
	at, line, column int
}

func (p *positions) move(offset int) {
	offset = min(offset, len(p.text))
	for p.at < offset {
		r, size := utf8.DecodeRuneInString(p.text[p.at:])
		if p.at += size; r == '\n' {
			p.line, p.column = p.line+1, 1
		} else {
			p.column++
		}
	}
}

func (p *positions) node(from strictjson.Node) Node {
	p.move(from.Offset)
	n := Node{Line: p.line, Column: p.column}
	switch from.Kind() {
	case strictjson.Bool:
		n.Value, _ = from.Bool()
	case strictjson.Number:
		n.Value = json.Number(from.Raw())
	case strictjson.String:
		n.Value, _ = from.Text()
	case strictjson.Array:
		elements := make([]Node, 0, len(from.Elements))
		for _, e := range from.Elements {
			elements = append(elements, p.node(e))
		}
		n.Value = elements
	case strictjson.ObjectKind:
		members := make([]Member, 0, len(from.Members))
		for _, m := range from.Members {
			p.move(m.Offset)
			member := Member{Name: m.Name, Line: p.line, Column: p.column}
			member.Node = p.node(m.Node)
			members = append(members, member)
		}
		n.Value = members
	}
	return n
}

// located returns a copy of the node in which every value has its path and its origin.
func (n Node) located(path, origin string) Node {
	n.path, n.origin = path, origin
	switch value := n.Value.(type) {
	case []Node:
		elements := make([]Node, 0, len(value))
		for i, e := range value {
			elements = append(elements, e.located(fmt.Sprintf("%s[%d]", path, i), origin))
		}
		n.Value = elements
	case []Member:
		members := make([]Member, 0, len(value))
		for _, m := range value {
			m.Node = m.Node.located(join(path, m.Name), origin)
			members = append(members, m)
		}
		n.Value = members
	}
	return n
}

// join adds a member to a path. A name that could be misread is quoted.
func join(path, name string) string {
	quoted := name
	if name == "" || strings.ContainsAny(name, ".[]\" \t\r\n") {
		quoted = fmt.Sprintf("[%q]", clip(name))
	} else if path != "" {
		quoted = "." + clip(name)
	}
	return path + quoted
}

// maxName is the longest name in an error.
const maxName = 100

// clip shortens a name.
func clip(name string) string { return record.Clip(name, maxName) }

// member returns the value of the first member of this name.
func (n Node) member(name string) (Node, bool) {
	members, _ := n.Value.([]Member)
	for _, m := range members {
		if m.Name == name {
			return m.Node, true
		}
	}
	return Node{}, false
}

// isComment reports whether a member of this name is not read.
func isComment(name string) bool { return strings.HasPrefix(name, "//") }

// kind is the type of a value in words.
func (n Node) kind() string {
	switch n.Value.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case string:
		return "a text"
	case []Node:
		return "a list"
	}
	return "an object"
}

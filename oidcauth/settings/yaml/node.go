package yaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

const maxDepth = 32

var (
	errNotUTF8 = errors.New("it is not UTF-8")
	errMark    = errors.New("it begins with a byte order mark; save it as UTF-8 without one")
	errControl = errors.New("it contains a control character")
)

// checkText refuses characters that the parser would skip.
func checkText(data []byte) error {
	switch {
	case !utf8.Valid(data):
		return errNotUTF8
	case bytes.HasPrefix(data, []byte("\ufeff")):
		return errMark
	}
	for _, c := range data {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' {
			return errControl
		}
	}
	return nil
}

// reader converts the syntax tree, and goes on after a fault to find all of them.
type reader struct {
	file   string
	path   string // of the present node
	faults []error
}

func (r *reader) fault(line, column int, problem string) {
	r.faults = append(r.faults, &settings.Error{File: r.file, Line: line, Column: column, Path: r.path, Problem: problem})
}

func (r *reader) at(n ast.Node, problem string) {
	p := n.GetToken().Position
	r.fault(p.Line, p.Column, problem)
}

func (r *reader) node(n ast.Node, depth int) settings.Node {
	if depth > maxDepth {
		r.at(n, "nested deeper than 32 levels")
		return settings.Node{}
	}
	position := n.GetToken().Position
	out := settings.Node{Line: position.Line, Column: position.Column}
	switch n := n.(type) {
	case *ast.MappingNode:
		if p := start(n); p != nil {
			out.Line, out.Column = p.Line, p.Column
		}
		members := make([]settings.Member, 0, len(n.Values))
		for _, m := range n.Values {
			members = append(members, r.member(m, depth))
		}
		out.Value = members
	case *ast.SequenceNode:
		elements := make([]settings.Node, 0, len(n.Values))
		for i, e := range n.Values {
			elements = append(elements, r.within(fmt.Sprintf("%s[%d]", r.path, i), e, depth))
		}
		out.Value = elements
	case *ast.StringNode:
		out.Value = n.Value
	case *ast.LiteralNode:
		out.Value = n.Value.Value
	case *ast.BoolNode:
		out.Value = n.Value
	case *ast.IntegerNode, *ast.FloatNode:
		out.Value = r.number(n)
	case *ast.NullNode:
		if t := n.GetToken(); t.Type != token.NullType || t.Value != "null" {
			r.at(n, "has no value: indent its members deeper than its name, or leave it out; null removes the value of a provider or preset")
		}
	default:
		r.unread(n)
	}
	return out
}

func (r *reader) number(n ast.Node) json.Number {
	text := n.GetToken().Value
	if !json.Valid([]byte(text)) {
		r.at(n, "is a number in a form that JSON does not have: write it in quotation marks if it is a text")
	}
	return json.Number(text)
}

// unread reports a node whose kind a settings document does not have.
func (r *reader) unread(n ast.Node) {
	switch n.(type) {
	case *ast.TagNode:
		r.at(n, "has a tag, and tags are not read")
	case *ast.AnchorNode:
		r.at(n, "has an anchor, and anchors are not read")
	case *ast.AliasNode:
		r.at(n, "is an alias, and aliases are not read")
	default:
		r.at(n, "is not a mapping, a list, a text, a number, true, false or null")
	}
}

func (r *reader) member(m *ast.MappingValueNode, depth int) settings.Member {
	position := m.Key.GetToken().Position
	out := settings.Member{Line: position.Line, Column: position.Column}
	if name, ok := m.Key.(*ast.StringNode); ok {
		out.Name = name.Value
	} else {
		r.at(m.Key, "is not a name that is a text: write it in quotation marks")
	}
	out.Node = r.within(strings.TrimPrefix(r.path+"."+out.Name, "."), m.Value, depth)
	return out
}

// within reads a node of the present one.
func (r *reader) within(path string, n ast.Node, depth int) settings.Node {
	outer := r.path
	r.path = path
	defer func() { r.path = outer }()
	return r.node(n, depth+1)
}

// start is where a mapping begins: at its brace, or at its first name.
func start(n *ast.MappingNode) *token.Position {
	if n.IsFlowStyle || len(n.Values) == 0 {
		return n.Start.Position
	}
	return n.Values[0].Key.GetToken().Position
}

package strictjson

import "unicode/utf8"

// Node is a value with its position in the document. Unlike an [Object], it keeps repeated members, so that a reader can report
// all of them.
type Node struct {
	Value
	// Offset is the position of the value in the text, in bytes.
	Offset int
	// Members are those of an object, in the order of the text.
	Members []NodeMember
	// Elements are those of an array.
	Elements []Node
}

// NodeMember is a member with the position of its name.
type NodeMember struct {
	Name   string
	Offset int
	Node   Node
}

// ParseNode parses one JSON value with the positions of all its parts. It is for documents of an operator; tokens and answers
// are read by [Parse]. Shallow has no meaning. Its errors are of type [*Error].
func ParseNode(text string, limits Limits) (Node, error) {
	limits = limits.withDefaults()
	if len(text) > limits.Bytes {
		return Node{}, &Error{limits.Bytes, "the text is longer than the limit"}
	}
	s := scanner{text: text, limits: limits}
	if !utf8.ValidString(text) {
		return Node{}, s.fail("invalid UTF-8")
	}
	n, err := s.node(0)
	if err != nil {
		return Node{}, err
	}
	if s.space(); s.pos != len(text) {
		return Node{}, s.fail("data after the value")
	}
	return n, nil
}

func (s *scanner) node(depth int) (Node, error) {
	s.space()
	if depth > s.limits.Depth {
		return Node{}, s.fail("nested deeper than the limit")
	}
	n := Node{Offset: s.pos}
	var err error
	switch s.peek() {
	case '{':
		n.Members, err = s.nodeMembers(depth + 1)
	case '[':
		n.Elements, err = s.nodeElements(depth + 1)
	default:
		n.Value, err = s.value(depth)
		return n, err
	}
	if depth > 0 { // as Parse counts: the document itself is no member
		s.values++
	}
	if err == nil && s.values > s.limits.Values {
		err = s.fail("more values than the limit")
	}
	n.Value = Value{s.text[n.Offset:s.pos]}
	return n, err
}

func (s *scanner) nodeMembers(depth int) ([]NodeMember, error) {
	s.pos++
	members := []NodeMember{}
	if s.space(); s.peek() == '}' {
		s.pos++
		return members, nil
	}
	for {
		s.space()
		if s.peek() != '"' {
			return nil, s.fail("a member name was expected")
		}
		at := s.pos
		if _, _, err := s.str(); err != nil {
			return nil, err
		}
		name := unquote(s.text[at:s.pos])
		if s.space(); s.peek() != ':' {
			return nil, s.fail("a colon was expected")
		}
		s.pos++
		v, err := s.node(depth)
		if err != nil {
			return nil, err
		}
		members = append(members, NodeMember{name, at, v})
		if done, err := s.next('}'); done || err != nil {
			return members, err
		}
	}
}

func (s *scanner) nodeElements(depth int) ([]Node, error) {
	s.pos++
	elements := []Node{}
	if s.space(); s.peek() == ']' {
		s.pos++
		return elements, nil
	}
	for {
		v, err := s.node(depth)
		if err != nil {
			return nil, err
		}
		elements = append(elements, v)
		if done, err := s.next(']'); done || err != nil {
			return elements, err
		}
	}
}

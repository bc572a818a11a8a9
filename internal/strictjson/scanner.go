package strictjson

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner validates a text in one pass.
type scanner struct {
	text   string
	pos    int
	values int
	limits Limits
}

// trusted returns a scanner for a part of a validated text. The limits do not apply again.
func trusted(text string) scanner {
	return scanner{text: text, limits: Limits{Depth: math.MaxInt, Values: math.MaxInt}}
}

func (s *scanner) fail(problem string) error { return &Error{s.pos, problem} }

func (s *scanner) document() (Object, error) {
	if !utf8.ValidString(s.text) {
		return Object{}, s.fail("invalid UTF-8")
	}
	s.space()
	if s.peek() != '{' {
		return Object{}, s.fail("not a JSON object")
	}
	// A flat object has one member more than commas. The bound keeps nested objects from allocating too much.
	o := Object{text: s.text, members: make([]Member, 0, min(1+strings.Count(s.text, ","), 32))}
	if err := s.object(1, &o.members); err != nil {
		return Object{}, err
	}
	s.space()
	if s.pos != len(s.text) {
		return Object{}, s.fail("data after the object")
	}
	return o, nil
}

// peek returns the next byte, or 0 at the end. A literal NUL is not legal JSON, so that 0 is unambiguous.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) value(depth int) (Value, error) {
	s.space()
	if s.values++; s.values > s.limits.Values {
		return Value{}, s.fail("more values than the limit")
	}
	start := s.pos
	var err error
	switch c := s.peek(); c {
	case '{':
		err = s.object(depth+1, nil)
	case '[':
		err = s.array(depth+1, nil)
	case '"':
		_, _, err = s.str()
	case 't':
		err = s.literal("true")
	case 'f':
		err = s.literal("false")
	case 'n':
		err = s.literal("null")
	default:
		err = s.number()
	}
	return Value{s.text[start:s.pos]}, err
}

func (s *scanner) literal(word string) error {
	if len(s.text)-s.pos < len(word) || s.text[s.pos:s.pos+len(word)] != word {
		return s.fail("unknown literal")
	}
	s.pos += len(word)
	return nil
}

// object scans an object. It collects the members if out is not nil.
func (s *scanner) object(depth int, out *[]Member) error {
	if depth > s.limits.Depth {
		return s.fail("nested deeper than the limit")
	}
	var seen nameSet
	s.pos++
	for first := true; ; first = false {
		s.space()
		if c := s.peek(); c == '}' && first {
			s.pos++
			return nil
		} else if c != '"' {
			return s.fail("a member name was expected")
		}
		at := s.pos
		name, escaped, err := s.str()
		if err != nil {
			return err
		}
		if escaped {
			name = unquote(s.text[at:s.pos])
		}
		if (out != nil || !s.limits.Shallow) && !seen.add(name) {
			return &Error{at, "duplicate member " + quoteName(name)}
		}
		s.space()
		if s.peek() != ':' {
			return s.fail("a colon was expected")
		}
		s.pos++
		v, err := s.value(depth)
		if err != nil {
			return err
		}
		if out != nil {
			*out = append(*out, Member{name, v})
		}
		if done, err := s.next('}'); done || err != nil {
			return err
		}
	}
}

// array scans an array. It collects the elements if out is not nil.
func (s *scanner) array(depth int, out *[]Value) error {
	if depth > s.limits.Depth {
		return s.fail("nested deeper than the limit")
	}
	s.pos++
	if s.space(); s.peek() == ']' {
		s.pos++
		return nil
	}
	for {
		v, err := s.value(depth)
		if err != nil {
			return err
		}
		if out != nil {
			*out = append(*out, v)
		}
		if done, err := s.next(']'); done || err != nil {
			return err
		}
	}
}

// next skips a comma or the closing byte.
func (s *scanner) next(closing byte) (done bool, err error) {
	s.space()
	switch s.peek() {
	case ',':
		s.pos++
		return false, nil
	case closing:
		s.pos++
		return true, nil
	}
	return false, s.fail("a comma or the end was expected")
}

// quoteName quotes and shortens a name for the text of an error.
func quoteName(name string) string {
	if len(name) > 64 {
		name = name[:64]
	}
	return strconv.QuoteToASCII(name)
}

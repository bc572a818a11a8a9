package strictjson

import (
	"fmt"
	"iter"
)

// Limits bounds a document. A zero field means its default.
type Limits struct {
	// Bytes is the length of the text. The default is 64 KiB.
	Bytes int
	// Depth is the nesting of arrays and objects; the outermost object counts as 1. The default is 16.
	Depth int
	// Values is the number of members and elements at all depths together. The default is 4096.
	Values int

	// Shallow leaves the search for duplicates in nested objects to [Value.Object], so that a single bad element does
	// not fail a list.
	Shallow bool
}

func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 64 << 10
	}
	if l.Depth == 0 {
		l.Depth = 16
	}
	if l.Values == 0 {
		l.Values = 4096
	}
	return l
}

// Error says what is wrong with a text. It contains member names, but no values.
type Error struct {
	// Offset is the position in the text, in bytes.
	Offset  int
	Problem string
}

func (e *Error) Error() string {
	return fmt.Sprintf("strictjson: %s at byte %d", e.Problem, e.Offset)
}

// Member is a name and its value.
type Member struct {
	Name  string
	Value Value
}

// Object is a JSON object without duplicate members. The zero Object is empty.
type Object struct {
	text    string
	members []Member
}

// Parse parses one JSON object. Its errors are of type [*Error].
func Parse(data []byte, limits Limits) (Object, error) { return ParseText(string(data), limits) }

// ParseText is [Parse] for a string. The object keeps the string.
func ParseText(text string, limits Limits) (Object, error) {
	limits = limits.withDefaults()
	if len(text) > limits.Bytes {
		return Object{}, &Error{limits.Bytes, "the text is longer than the limit"}
	}
	s := scanner{text: text, limits: limits}
	return s.document()
}

// Get returns the member with exactly this name.
func (o Object) Get(name string) (Value, bool) {
	for i := range o.members {
		if o.members[i].Name == name {
			return o.members[i].Value, true
		}
	}
	return Value{}, false
}

// Text returns the string member with this name, or an empty string if there is none.
func (o Object) Text(name string) string {
	v, _ := o.Get(name)
	s, _ := v.Text()
	return s
}

// Has reports whether there is a member with exactly this name.
func (o Object) Has(name string) bool {
	_, ok := o.Get(name)
	return ok
}

// Len returns the number of members.
func (o Object) Len() int { return len(o.members) }

// Names returns the names of the members in the order of the text.
func (o Object) Names() []string {
	names := make([]string, len(o.members))
	for i, m := range o.members {
		names[i] = m.Name
	}
	return names
}

// All yields the members in the order of the text.
func (o Object) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, m := range o.members {
			if !yield(m.Name, m.Value) {
				return
			}
		}
	}
}

// Memory returns about how many bytes the object occupies on the heap: its text, and its index with spare capacity.
func (o Object) Memory() int { return len(o.text) + cap(o.members)*memberSize }

const memberSize = 2 * 16 // The size of two strings.

// Raw returns the text of the object.
func (o Object) Raw() string { return o.text }

package strictjson

import "fmt"

// Limits bound a document. A zero field means its default.
type Limits struct {
	Bytes  int // length of the text; default 64 KiB
	Depth  int // nesting of arrays and objects, the outermost object being 1; default 16
	Values int // members and elements at all depths together; default 4096

	// Shallow leaves duplicates in nested objects to [Value.Object], so that one odd element does not spoil a list.
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

// Error tells what is wrong with a text and where. It repeats member names, never values.
type Error struct {
	Offset  int // byte position in the text
	Problem string
}

func (e *Error) Error() string {
	return fmt.Sprintf("strictjson: %s at byte %d", e.Problem, e.Offset)
}

// Member is one name and its value.
type Member struct {
	Name  string
	Value Value
}

// Object is a JSON object without duplicate members. The zero Object has none.
type Object struct {
	text    string
	members []Member
}

// Parse reads one JSON object.
func Parse(data []byte, limits Limits) (Object, error) { return ParseText(string(data), limits) }

// ParseText is Parse of a text that is at hand as a string.
func ParseText(text string, limits Limits) (Object, error) {
	limits = limits.withDefaults()
	if len(text) > limits.Bytes {
		return Object{}, &Error{limits.Bytes, "text longer than the limit"}
	}
	s := scanner{text: text, limits: limits}
	return s.document()
}

// Get returns the member of exactly this name.
func (o Object) Get(name string) (Value, bool) {
	for i := range o.members {
		if o.members[i].Name == name {
			return o.members[i].Value, true
		}
	}
	return Value{}, false
}

// Text returns the string of this name; empty where there is none.
func (o Object) Text(name string) string {
	v, _ := o.Get(name)
	s, _ := v.Text()
	return s
}

// Has tells whether there is a member of exactly this name.
func (o Object) Has(name string) bool {
	_, ok := o.Get(name)
	return ok
}

// Len is the number of members.
func (o Object) Len() int { return len(o.members) }

// Names returns the member names in the order of the text.
func (o Object) Names() []string {
	names := make([]string, len(o.members))
	for i, m := range o.members {
		names[i] = m.Name
	}
	return names
}

// Memory is about what the object keeps on the heap, in bytes: its text, and an index with room to spare.
func (o Object) Memory() int { return len(o.text) + cap(o.members)*memberSize }

const memberSize = 2 * 16 // two strings

// Raw returns the text as it was read.
func (o Object) Raw() string { return o.text }

package claims

import "github.com/knownbearer/knownbearer/internal/strictjson"

// Set is an immutable set of claims in two layers: those of the token, and those of UserInfo for what the token
// lacks. The zero Set is empty.
type Set struct{ first, second strictjson.Object }

// Source is the origin of a claim.
type Source int

// The sources.
const (
	FromNowhere Source = iota
	FromToken
	FromUserInfo
)

func (s Source) String() string { return [...]string{"nowhere", "token", "UserInfo"}[s] }

// Parse reads one JSON object. It refuses duplicate members at any depth, invalid UTF-8, data after the object, more
// than 64 KiB, more than 16 levels of nesting and more than 4096 values.
func Parse(data []byte) (Set, error) {
	o, err := strictjson.Parse(data, strictjson.Limits{})
	return Set{first: o}, err
}

// FromObject returns the Set of a parsed object. It is for the packages of this module.
func FromObject(o strictjson.Object) Set { return Set{first: o} }

// ToObject returns the first layer as a parsed object. It is for the packages of this module.
func ToObject(s Set) strictjson.Object { return s.first }

// Layer returns a Set with the first layer of each argument. A claim is looked up in second only if first lacks it.
func Layer(first, second Set) Set { return Set{first.first, second.first} }

// Names returns the name of every top-level claim once, those of the token first.
func (s Set) Names() []string {
	names := s.first.Names()
	for _, n := range s.second.Names() {
		if !s.first.Has(n) {
			names = append(names, n)
		}
	}
	return names
}

// NamesFrom returns the names of the top-level claims that one source holds. Claims of the other source do not hide
// them.
func (s Set) NamesFrom(source Source) []string {
	switch source {
	case FromToken:
		return s.first.Names()
	case FromUserInfo:
		return s.second.Names()
	}
	return nil
}

// Size returns the length of the claims' JSON text in bytes, both layers together.
func (s Set) Size() int { return len(s.first.Raw()) + len(s.second.Raw()) }

// Lookup returns the claim at p, and reports whether it is present. A null claim is absent.
func (s Set) Lookup(p Path) (Value, bool) {
	v, source := s.find(p)
	return v, source != FromNowhere
}

// Source returns the source in which [Set.Lookup] finds the claim, or [FromNowhere] if it is absent.
func (s Set) Source(p Path) Source {
	_, source := s.find(p)
	return source
}

func (s Set) find(p Path) (Value, Source) {
	if v, ok := p.lookup(s.first); ok {
		return Value{v}, FromToken
	}
	if v, ok := p.lookup(s.second); ok {
		return Value{v}, FromUserInfo
	}
	return Value{}, FromNowhere
}

package claims

import "github.com/knownbearer/knownbearer/internal/strictjson"

// Set is a set of claims, possibly in two layers: the token's, and UserInfo's behind them. The zero Set is empty.
type Set struct{ first, second strictjson.Object }

// Source says where a claim came from.
type Source int

// The sources.
const (
	FromNowhere Source = iota
	FromToken
	FromUserInfo
)

func (s Source) String() string { return [...]string{"nowhere", "token", "UserInfo"}[s] }

// Parse reads one JSON object strictly: at most 64 KiB, no duplicate member at any depth, valid UTF-8.
func Parse(data []byte) (Set, error) {
	o, err := strictjson.Parse(data, strictjson.Limits{})
	return Set{first: o}, err
}

// FromObject makes a Set of an object that was parsed already.
func FromObject(o strictjson.Object) Set { return Set{first: o} }

// ToObject is the first layer, as it was parsed; it is for this module's own packages.
func ToObject(s Set) strictjson.Object { return s.first }

// Layer puts second behind first: a claim is looked up in first, and only if absent there in second.
func Layer(first, second Set) Set { return Set{first.first, second.first} }

// Names returns the names of the claims, the token's first, each once.
func (s Set) Names() []string {
	names := s.first.Names()
	for _, n := range s.second.Names() {
		if !s.first.Has(n) {
			names = append(names, n)
		}
	}
	return names
}

// NamesFrom returns the names of the claims that one source holds.
func (s Set) NamesFrom(source Source) []string {
	switch source {
	case FromToken:
		return s.first.Names()
	case FromUserInfo:
		return s.second.Names()
	}
	return nil
}

// Size is the length of the claims' JSON in bytes.
func (s Set) Size() int { return len(s.first.Raw()) + len(s.second.Raw()) }

// Lookup returns a claim. A claim that is null counts as absent.
func (s Set) Lookup(p Path) (Value, bool) {
	v, source := s.find(p)
	return v, source != FromNowhere
}

// Source tells where [Set.Lookup] finds a claim.
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

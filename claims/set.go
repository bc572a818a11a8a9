package claims

import (
	"github.com/knownbearer/knownbearer/internal/claimset/hook"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Set is an immutable set of claims in two layers: those of the token, and those of UserInfo for what the token
// lacks. The zero Set is empty.
type Set struct {
	token, userInfo strictjson.Object
	partial         bool // UserInfo may have more claims, but was not requested
}

func init() {
	hook.Claims = hook.Functions[Set]{
		FromObject: func(o strictjson.Object) Set { return Set{token: o} },
		Token:      func(s Set) strictjson.Object { return s.token },
		UserInfo:   func(s Set) strictjson.Object { return s.userInfo },
		Layer:      func(token, userInfo Set) Set { return Set{token: token.token, userInfo: userInfo.token} },
		Partial:    func(s Set) Set { s.partial = true; return s },
	}
}

// Parse reads one JSON object. It refuses duplicate members at any depth, invalid UTF-8, data after the object, more
// than 64 KiB, more than 16 levels of nesting and more than 4096 values.
func Parse(data []byte) (Set, error) {
	o, err := strictjson.Parse(data, strictjson.Limits{})
	return Set{token: o}, err
}

// Names returns the name of every top-level claim once, those of the token first.
func (s Set) Names() []string {
	names := s.token.Names()
	for _, n := range s.userInfo.Names() {
		if !s.token.Has(n) {
			names = append(names, n)
		}
	}
	return names
}

// Size returns the length of the claims' JSON text in bytes, both layers together.
func (s Set) Size() int { return len(s.token.Raw()) + len(s.userInfo.Raw()) }

// Lookup returns the claim at p, and reports whether it is present. A null claim is absent. A claim of the token hides
// that of UserInfo.
func (s Set) Lookup(p Path) (Value, bool) {
	if v, ok := p.lookup(s.token); ok {
		return Value{v}, true
	}
	v, ok := p.lookup(s.userInfo)
	if !ok {
		return Value{}, false
	}
	return Value{v}, true
}

// FromUserInfo reports whether [Set.Lookup] finds the claim at p in UserInfo. It is false for a claim that is absent.
func (s Set) FromUserInfo(p Path) bool {
	if _, ok := p.lookup(s.token); ok {
		return false
	}
	_, ok := p.lookup(s.userInfo)
	return ok
}

// leavesOut reports whether UserInfo was not requested for the claim of this name, or the token or UserInfo refers to the claim
// instead of holding it: by _claim_names (OpenID Connect Core 1.0 section 5.6.2), or as Entra ID does by hasgroups.
func (s Set) leavesOut(name string) bool {
	if s.partial {
		return true
	}
	for _, o := range [...]strictjson.Object{s.token, s.userInfo} {
		v, _ := o.Get("_claim_names")
		if names, ok := v.Object(); ok && names.Has(name) {
			return true
		}
		v, _ = o.Get("hasgroups")
		yes, _ := v.Bool()
		if name == "groups" && (yes || o.Text("hasgroups") == "true") {
			return true
		}
	}
	return false
}

package claims

import (
	"errors"
	"strings"
)

// Has returns a check that passes if the claim at p is present and not null, whatever its value. An empty string, list or
// object is present.
func Has(p Path) Check { return Check{presence(p)} }

// Absent returns a check that passes if no source has the claim at p: neither the token nor UserInfo, which is asked for it if it is
// configured; RequireClaims of an Identity does not ask it, and then the check does not pass. With UserInfoOnly, the claims of the token are
// not read. A null claim is not absent, because a provider that writes it may mean another value. A [Pointer] through a value that is no
// object or list does not pass either, and neither does a claim that the token leaves out and only refers to (see [Distributed]).
func Absent(p Path) Check { return Check{absence(p)} }

// AllOf returns a check that passes if all of the checks pass. It is invalid without a check.
func AllOf(checks ...Check) Check { return Check{allOf(append([]Check(nil), checks...))} }

// AnyOf returns a check that passes if at least one of the checks passes. It is invalid without a check.
func AnyOf(checks ...Check) Check { return Check{anyOf(append([]Check(nil), checks...))} }

// Not returns a check that passes if the check can be decided and does not pass. It does not pass if a claim that the check
// compares is absent; use AnyOf(Absent(p), Not(Equals(p, v))) if it may be.
func Not(c Check) Check { return Check{not{c}} }

// AnyElement returns a check that passes if the claim at p is a list, and one of its elements is an object that meets the
// check. The paths of the check begin at the element. An example is authorization_details (RFC 9396), of which one element
// must have both a type and an action. For a list of strings or numbers, [Equals] and the other comparisons suffice.
func AnyElement(p Path, c Check) Check { return Check{anyElement{p, c}} }

type presence Path

func (r presence) String() string         { return Path(r).spelling() + " is present" }
func (r presence) validate() error        { return Path(r).Validate() }
func (r presence) paths(to []Path) []Path { return append(to, Path(r)) }

func (r presence) result(s Set) result {
	_, present := s.Lookup(Path(r))
	switch {
	case r.validate() != nil:
		return unknown
	case present:
		return yes
	case s.leavesOut(Path(r).first()):
		return unknown
	case Path(r).missing(s.token) && Path(r).missing(s.userInfo):
		return no
	}
	return unknown
}

type absence Path

func (r absence) String() string         { return Path(r).spelling() + " is absent" }
func (r absence) validate() error        { return Path(r).Validate() }
func (r absence) paths(to []Path) []Path { return append(to, Path(r)) }
func (r absence) result(s Set) result    { return yes - presence(r).result(s) }

type allOf []Check

func (r allOf) String() string         { return joined(r, " and ") }
func (r allOf) validate() error        { return validateAll(r) }
func (r allOf) paths(to []Path) []Path { return pathsOf(r, to) }

func (r allOf) result(s Set) result {
	if len(r) == 0 {
		return unknown
	}
	out := yes
	for _, c := range r {
		out = min(out, c.result(s))
	}
	return out
}

type anyOf []Check

func (r anyOf) String() string         { return joined(r, " or ") }
func (r anyOf) validate() error        { return validateAll(r) }
func (r anyOf) paths(to []Path) []Path { return pathsOf(r, to) }

func (r anyOf) result(s Set) result {
	if len(r) == 0 {
		return unknown
	}
	out := no
	for _, c := range r {
		out = max(out, c.result(s))
	}
	return out
}

type not struct{ check Check }

func (r not) String() string         { return "not (" + r.check.String() + ")" }
func (r not) validate() error        { return r.check.Validate() }
func (r not) paths(to []Path) []Path { return pathsOf([]Check{r.check}, to) }
func (r not) result(s Set) result    { return yes - r.check.result(s) }

type anyElement struct {
	path  Path
	check Check
}

func (r anyElement) String() string {
	return r.path.spelling() + " has an element with (" + r.check.String() + ")"
}

func (r anyElement) validate() error        { return errors.Join(r.path.Validate(), r.check.Validate()) }
func (r anyElement) paths(to []Path) []Path { return append(to, r.path) }

func (r anyElement) result(s Set) result {
	v, _ := s.Lookup(r.path)
	elements, ok := v.v.Elements()
	if !ok || r.path.Validate() != nil {
		return unknown
	}
	out := no
	for _, e := range elements {
		of := unknown
		if o, ok := e.Object(); ok {
			of = r.check.result(Set{token: o})
		}
		out = max(out, of)
	}
	return out
}

func joined(checks []Check, word string) string {
	if len(checks) == 0 {
		return "no checks"
	}
	parts := make([]string, 0, len(checks))
	for _, c := range checks {
		parts = append(parts, "("+c.String()+")")
	}
	return strings.Join(parts, word)
}

func validateAll(checks []Check) error {
	if len(checks) == 0 {
		return errors.New("claims: the check combines no checks")
	}
	faults := make([]error, 0, len(checks))
	for _, c := range checks {
		faults = append(faults, c.Validate())
	}
	return errors.Join(faults...)
}

func pathsOf(checks []Check, to []Path) []Path {
	for _, c := range checks {
		if c.rule != nil {
			to = c.rule.paths(to)
		}
	}
	return to
}

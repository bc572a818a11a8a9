package claims

import (
	"errors"
	"slices"
)

// Check is a condition that claims must meet, such as [Equals], [Has] or [AnyOf]. It is immutable and safe for concurrent
// use. The zero Check fails [Check.Validate], and no claims meet it.
//
// A check does not pass if it cannot be decided: if a claim that it compares is absent or null, or has another JSON type
// than the value that it is compared with. [Not] does not change this, so the negation of such a check does not pass
// either.
type Check struct{ rule rule }

// rule is what one kind of check does.
type rule interface {
	// String describes what the rule requires.
	String() string
	validate() error
	// paths appends the path of each claim that is read.
	paths(to []Path) []Path
	result(Set) result
}

// result is the truth value of a check in the three-valued logic of Kleene.
type result uint8

// The order of the results makes AllOf their minimum, and AnyOf their maximum.
const (
	no result = iota
	unknown
	yes
)

func resultOf(holds bool) result {
	if holds {
		return yes
	}
	return no
}

// String describes the condition for the operator. It contains the values that a claim is compared with, and none of a
// token.
func (c Check) String() string {
	if c.rule == nil {
		return "the zero Check"
	}
	return c.rule.String()
}

// Validate returns an error if the check could never be decided: a path is invalid, it has no value or an empty one to
// compare with, a value is no number of JSON, it has no parts, or a function is nil. Such a check passes for no claims.
func (c Check) Validate() error {
	if c.rule == nil {
		return errors.New("claims: the zero Check has no condition")
	}
	return c.rule.validate()
}

// Paths returns the path of each claim that the check reads, once. UserInfo is asked for those that a token lacks.
func (c Check) Paths() []Path {
	if c.rule == nil {
		return nil
	}
	var out []Path
	for _, p := range c.rule.paths(nil) {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// Failed returns nil if the claims meet the check. Otherwise it returns the check itself, or those parts of an [AllOf] that
// the claims do not meet.
func (c Check) Failed(s Set) []Check {
	if all, ok := c.rule.(allOf); ok && len(all) > 0 {
		var out []Check
		for _, part := range all {
			out = append(out, part.Failed(s)...)
		}
		return out
	}
	if c.result(s) == yes {
		return nil
	}
	return []Check{c}
}

func (c Check) result(s Set) result {
	if c.rule == nil {
		return unknown
	}
	return c.rule.result(s)
}

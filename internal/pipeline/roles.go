package pipeline

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// The bounds of the roles of one token. Further roles and values, and longer values, are ignored.
const (
	maxRoles    = 1000
	maxValues   = 10_000 // Distributed claims may have more values than a token, and few of them may be roles.
	maxRoleSize = 256
)

// RoleRules name the claims that contain roles, and map their values to the roles of the application.
type RoleRules struct {
	Paths    []claims.Path
	Prefixes []string
	Map      map[string][]string
}

// Of returns the roles that the claims name, each once.
func (r RoleRules) Of(set claims.Set) []string {
	var out []string
	seen := map[string]bool{}
	for _, value := range r.Values(set) {
		for _, role := range r.named(value) {
			if len(out) < maxRoles && !seen[role] {
				seen[role] = true
				out = append(out, role)
			}
		}
	}
	return out
}

// Values returns the provider's values.
func (r RoleRules) Values(set claims.Set) []string {
	var out []string
	for _, p := range r.Paths {
		v, _ := set.Lookup(p)
		for _, value := range roleValues(v) {
			if len(out) < maxValues && value != "" && len(value) <= maxRoleSize {
				out = append(out, value)
			}
		}
	}
	return out
}

// roleValues reads a string, a list of strings, or an object whose member names are roles. A member grants its role if it is
// true or an object that is not empty, such as the organizations of ZITADEL.
func roleValues(v claims.Value) []string {
	if list, ok := v.Texts(); ok {
		return list
	}
	o, err := strictjson.ParseText(v.Raw(), strictjson.Limits{})
	if err != nil {
		return nil // a number, a boolean, or a list with values other than strings
	}
	var out []string
	for name, member := range o.All() {
		granted, _ := member.Bool()
		if inner, isObject := member.Object(); granted || isObject && inner.Len() > 0 {
			out = append(out, name)
		}
	}
	return out
}

// named returns the application's roles for a value of the provider.
func (r RoleRules) named(value string) []string {
	value, ok := r.cutPrefix(value)
	switch {
	case !ok:
		return nil
	case r.Map == nil:
		return []string{value}
	}
	return r.Map[value]
}

// cutPrefix removes the longest prefix. ok is false if the value has none of the prefixes, because the value may then be a role of
// another application.
func (r RoleRules) cutPrefix(value string) (rest string, ok bool) {
	if len(r.Prefixes) == 0 {
		return value, true
	}
	longest := ""
	for _, prefix := range r.Prefixes {
		if strings.HasPrefix(value, prefix) && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	rest = value[len(longest):]
	return rest, longest != "" && rest != ""
}

// Grants returns the provider's values that would give the application's role.
func (r RoleRules) Grants(role string) []string {
	if r.Map == nil {
		return []string{role}
	}
	var out []string
	for value, roles := range r.Map {
		if slices.Contains(roles, role) {
			out = append(out, value)
		}
	}
	slices.Sort(out)
	return out
}

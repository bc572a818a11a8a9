package oidcauth

import (
	"slices"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// RoleRules configure the roles of the caller ([Identity.Roles]). The zero RoleRules give no roles.
type RoleRules struct {
	// Paths are the claims that name roles, such as claims.Name("roles"), claims.Name("cognito:groups"),
	// claims.Pointer("/realm_access/roles") or claims.Pointer("/resource_access/orders-api/roles"). A string is one role, even if
	// it contains spaces. In a list of strings, each string is a role. In an object, the name of a member is a role if its value
	// is true or a non-empty object, as in ZITADEL's claims.Name("urn:zitadel:iam:org:project:roles"). Every other value gives no
	// roles.
	//
	// A claim that is absent gives no roles, and is not a fault. If the token has none of the Paths and UserInfo is configured,
	// UserInfo is requested. If UserInfo was requested, for the roles or for another claim, the Paths that the token lacks are
	// read from its answer. A token has at most 1000 roles of at most 256 bytes, from at most 10,000 values. Further roles and
	// values, and longer ones, are ignored.
	Paths []claims.Path
	// Prefixes are cut from the values. If several prefixes fit a value, the longest is cut. A value without a prefix is ignored,
	// because it is a role of another application: with the prefix "orders-", the group "orders-admin" gives the role "admin", and
	// the group "admin" gives no role. If nil, nothing is cut.
	Prefixes []string
	// Map contains the application's roles for each value, after the prefix is cut. A value that is not in Map is ignored. If nil,
	// the values are the roles.
	Map map[string][]string
}

func (r RoleRules) clone() pipeline.RoleRules {
	out := pipeline.RoleRules{Paths: slices.Clone(r.Paths), Prefixes: slices.Clone(r.Prefixes)}
	if r.Map != nil {
		out.Map = make(map[string][]string, len(r.Map))
	}
	for value, roles := range r.Map {
		out.Map[value] = slices.Clone(roles)
	}
	return out
}

func (r RoleRules) faults() []*ConfigError {
	var out []*ConfigError
	add := func(bad bool, field, problem string, err error) {
		if bad {
			out = append(out, &ConfigError{Field: "Claims.Roles." + field, Problem: problem, Err: err})
		}
	}
	add(len(r.Paths) == 0 && (r.Prefixes != nil || r.Map != nil), "Paths", "is empty, so there are no roles", nil)
	for _, p := range r.Paths {
		err := p.Validate()
		add(err != nil, "Paths", "contains an invalid claim path", err)
	}
	add(slices.Contains(r.Prefixes, ""), "Prefixes", "contains an empty prefix, with which every value begins", nil)
	add(r.Map != nil && len(r.Map) == 0, "Map", "is empty, so there are no roles", nil)
	for value, roles := range r.Map {
		add(value == "" || len(roles) == 0 || slices.Contains(roles, ""), "Map", "contains an empty value or an empty role", nil)
	}
	return out
}

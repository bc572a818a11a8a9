package settings

import (
	"iter"
	"reflect"
	"slices"
)

// merge returns base with the members of over, as a JSON merge patch (RFC 7396): null removes a member. Objects are merged member by
// member, unless their type is replaced as a whole.
func merge(base, over Node, t reflect.Type) Node {
	patch, isObject := over.Value.([]Member)
	if !isObject {
		return over
	}
	have, _ := base.Value.([]Member)
	members := slices.Clone(have)
	known := fields(t)
	for _, m := range patch {
		if isComment(m.Name) {
			continue
		}
		at := slices.IndexFunc(members, func(other Member) bool { return other.Name == m.Name })
		f := slices.IndexFunc(known, func(f field) bool { return f.name == m.Name })
		var inner reflect.Type
		if f >= 0 && !isAtomic(known[f].Type) {
			inner = structOf(known[f].Type)
		}
		switch {
		case m.Node.Value == nil && at < 0:
			continue
		case m.Node.Value == nil:
			members = slices.Delete(members, at, at+1)
			continue
		case inner != nil && at >= 0:
			m.Node = merge(members[at].Node, m.Node, inner)
		case inner != nil:
			m.Node = merge(m.Node.empty(), m.Node, inner)
		}
		if at >= 0 {
			members[at] = m
		} else {
			members = append(members, m)
		}
	}
	over.Value = members
	return over
}

func structOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// without returns an object without the members of these names.
func (n Node) without(names ...string) Node {
	members, _ := n.Value.([]Member)
	n.Value = slices.DeleteFunc(slices.Clone(members), func(m Member) bool { return slices.Contains(names, m.Name) })
	return n
}

// withOrigin returns a copy of the node in which every value has this origin.
func (n Node) withOrigin(origin string) Node {
	n.origin = origin
	switch value := n.Value.(type) {
	case []Node:
		elements := make([]Node, 0, len(value))
		for _, e := range value {
			elements = append(elements, e.withOrigin(origin))
		}
		n.Value = elements
	case []Member:
		members := make([]Member, 0, len(value))
		for _, m := range value {
			m.Node = m.Node.withOrigin(origin)
			members = append(members, m)
		}
		n.Value = members
	}
	return n
}

// objects yields the members of an object whose values are objects.
func objects(n Node) iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		members, _ := n.Value.([]Member)
		for _, m := range members {
			if _, ok := m.Node.Value.([]Member); ok && !isComment(m.Name) && !yield(m.Name, m.Node) {
				return
			}
		}
	}
}

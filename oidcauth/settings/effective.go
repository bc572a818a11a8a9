package settings

import (
	"reflect"
	"slices"
	"strings"
)

// ofProvider lists the members that an application cannot override.
var ofProvider = [...]string{"issuer", "discoveryURL", "jwtSVID"}

// Effective returns the configuration in effect as a document: presets and overrides are applied, and defaults are filled in. Beside
// each value, a comment says where it comes from: the document, a preset, a provider, an application, discovery or a default. A
// default that depends on other values, or on the provider's answer, is only a comment. Secrets are references, as in the document.
//
// [Parse] reads the result. Its Configuration is that of d.
func (d *Document) Effective() []byte {
	root := filled(d.root, reflect.TypeFor[document](), true)
	var providers, applications []Member
	for _, p := range d.providers {
		n := Node{Value: filled(p.node, reflect.TypeFor[provider](), true)}
		providers = append(providers, Member{Name: p.name, Node: n})
	}
	for _, m := range d.applications {
		if !m.own {
			continue
		}
		at := slices.IndexFunc(d.providers, func(p merged) bool { return p.name == m.provider })
		n := m.node.without(ofProvider[:]...).withOriginOfKeys(m)
		of := Node{Value: filled(n, reflect.TypeFor[application](), true)}
		of = of.hiding(providers[at].Node.without(ofProvider[:]...).without("keys"), "application "+m.name)
		applications = append(applications, Member{Name: m.name, Node: of})
	}
	return Node{Value: placed(root, providers, applications)}.json()
}

// withOriginOfKeys adds the comment of an application whose only keys are those of its provider.
func (n Node) withOriginOfKeys(m merged) Node {
	if len(m.inherited) == 0 {
		return n
	}
	members, _ := n.Value.([]Member)
	n.Value = append(slices.Clone(members), Member{Name: "//keys", Node: Node{Value: "provider " + m.provider}})
	return n
}

// placed puts the providers and applications into a document, before its other members.
func placed(root, providers, applications []Member) []Member {
	out := []Member{{Name: "providers", Node: Node{Value: providers}}}
	if applications != nil {
		out = append(out, Member{Name: "applications", Node: Node{Value: applications}})
	}
	for _, m := range root {
		if name := strings.TrimPrefix(m.Name, "//"); name != "providers" && name != "applications" {
			out = append(out, m)
		}
	}
	return out
}

// filled returns the members of an object, in the order of its type, with defaults and, if they are wanted, comments.
func filled(n Node, t reflect.Type, comments bool) []Member {
	out := []Member{}
	add := func(name string, value Node, origin string) {
		out = append(out, Member{Name: name, Node: value})
		if comments && origin != "" {
			out = append(out, Member{Name: "//" + name, Node: Node{Value: origin}})
		}
	}
	for _, f := range fields(t) {
		value, ok := n.member(f.name)
		inner := structOf(f.Type)
		isObject := inner.Kind() == reflect.Struct && !isLeaf(inner)
		switch {
		case ok && isObject && !isOneOf(inner):
			add(f.name, Node{Value: filled(value, inner, comments)}, "")
		case ok:
			add(f.name, value.filledParts(f.Type), value.origin)
		case f.Tag.Get("default") != "":
			value, _ := parseJSON([]byte(f.Tag.Get("default"))) // a test reads every tag
			add(f.name, value, "default")
		case isObject && f.Type.Kind() != reflect.Pointer && !isOneOf(inner):
			if members := filled(Node{}, inner, comments); len(members) > 0 {
				add(f.name, Node{Value: members}, "")
			}
		case comments && f.Tag.Get("else") != "":
			note, noted := n.member("//" + f.name) // discovery adds it
			if !noted {
				note = Node{Value: "default: " + f.Tag.Get("else")}
			}
			out = append(out, Member{Name: "//" + f.name, Node: note})
		}
	}
	return out
}

// filledParts fills in the defaults within a value that is replaced as a whole.
func (n Node) filledParts(t reflect.Type) Node {
	t = structOf(t)
	switch value := n.Value.(type) {
	case []Node:
		elements := make([]Node, 0, len(value))
		for _, e := range value {
			elements = append(elements, e.filledParts(t.Elem()))
		}
		n.Value = elements
	case []Member:
		if t.Kind() == reflect.Struct && !isLeaf(t) {
			n.Value = filled(n, t, false)
		}
	}
	return n
}

func isLeaf(t reflect.Type) bool {
	_, ok := reflect.New(t).Interface().(leaf)
	return ok || reflect.PointerTo(t).Implements(textUnmarshaler)
}

// hiding returns the members of an application, with a null for each member of its provider that the application removed.
func (n Node) hiding(base Node, origin string) Node {
	members, _ := n.Value.([]Member)
	members = slices.Clone(members)
	hidden, _ := base.Value.([]Member)
	for _, h := range hidden {
		if isComment(h.Name) {
			continue
		}
		at := slices.IndexFunc(members, func(m Member) bool { return m.Name == h.Name })
		_, isObject := h.Node.Value.([]Member)
		switch {
		case at < 0:
			members = slices.DeleteFunc(members, func(m Member) bool { return m.Name == "//"+h.Name })
			members = append(members, Member{Name: h.Name}, Member{Name: "//" + h.Name, Node: Node{Value: origin}})
		case isObject:
			if _, both := members[at].Node.Value.([]Member); both {
				members[at].Node = members[at].Node.hiding(h.Node, origin)
			}
		}
	}
	n.Value = members
	return n
}

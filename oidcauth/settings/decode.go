package settings

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// decoder reads nodes into the types of a document, and goes on after a fault to find all of them.
type decoder struct {
	faults *faults
	// patch reads an object that is put over another one: null removes the inherited value, and required members may be missing.
	patch    bool
	negative bool // whether the length of time that is read may be negative
}

// field is a member of a type.
type field struct {
	reflect.StructField
	name string
}

// fields returns the members of a struct type and of the types that it embeds.
func fields(t reflect.Type) []field {
	var out []field
	for _, f := range reflect.VisibleFields(t) {
		if name := f.Tag.Get("json"); name != "" {
			out = append(out, field{f, name})
		}
	}
	return out
}

// isOneOf reports whether a value of this type must have exactly one member. A blank field with a tag says so.
func isOneOf(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() > 0 && t.Field(0).Tag.Get("oneOf") != ""
}

func names(list []field) []string {
	out := make([]string, 0, len(list))
	for _, f := range list {
		out = append(out, f.name)
	}
	return out
}

// decode reads a node into v. If null is allowed, it does not change v.
func (d *decoder) decode(n Node, v reflect.Value, tag reflect.StructTag) {
	if n.Value == nil && d.patch {
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(n, v.Elem(), tag)
		return
	}
	switch target := v.Addr().Interface().(type) {
	case leaf:
		d.negative = tag.Get("min") == "negative"
		target.decode(d, n)
		d.negative = false
		return
	case encoding.TextUnmarshaler:
		d.text(n, func(s string) error { return target.UnmarshalText([]byte(s)) })
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.object(n, v)
	case reflect.Map:
		d.mapping(n, v)
	case reflect.Slice:
		d.list(n, v, tag)
	case reflect.Bool:
		d.boolean(n, v, tag)
	case reflect.Int, reflect.Int64:
		d.integer(n, v, tag)
	case reflect.Float64:
		d.share(n, v)
	default:
		d.text(n, func(s string) error {
			v.SetString(s)
			return unknownValue(s, tag)
		})
	}
}

func (d *decoder) list(n Node, v reflect.Value, tag reflect.StructTag) {
	elements, ok := n.Value.([]Node)
	switch {
	case !ok:
		d.faults.at(n, "is "+n.kind()+", and a list is expected: write it in brackets", nil)
		return
	case len(elements) == 0:
		d.faults.at(n, "is an empty list: leave it out, or name a value", nil)
		return
	}
	of := decoder{faults: d.faults}
	v.Set(reflect.MakeSlice(v.Type(), len(elements), len(elements)))
	for i, e := range elements {
		of.decode(e, v.Index(i), tag)
	}
}

func (d *decoder) mapping(n Node, v reflect.Value) {
	members, ok := n.Value.([]Member)
	switch {
	case !ok:
		d.faults.at(n, "is "+n.kind()+", and an object is expected", nil)
		return
	case len(members) == 0:
		d.faults.at(n, "is empty: leave it out, or name a value", nil)
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, m := range d.members(n, members, nil) {
		if strings.TrimSpace(m.Name) == "" {
			d.faults.add(&Error{Line: m.Line, Column: m.Column, Path: m.Node.path, Problem: "the name is empty"})
		}
		value := reflect.New(v.Type().Elem()).Elem()
		of := decoder{faults: d.faults, patch: isPatch(value.Type()) && m.Node.Value != nil}
		of.decode(m.Node, value, "")
		v.SetMapIndex(reflect.ValueOf(m.Name), value)
	}
}

func (d *decoder) object(n Node, v reflect.Value) {
	members, ok := n.Value.([]Member)
	if !ok {
		d.faults.at(n, "is "+n.kind()+", and an object is expected", nil)
		return
	}
	known := fields(v.Type())
	set := d.members(n, members, names(known))
	var missing []string
	for _, f := range known {
		i := slices.IndexFunc(set, func(m Member) bool { return m.Name == f.name })
		switch {
		case i >= 0:
			of := decoder{faults: d.faults, patch: d.patch && !isAtomic(f.Type)}
			if d.patch && set[i].Node.Value == nil {
				continue
			}
			of.decode(set[i].Node, v.FieldByIndex(f.Index), f.Tag)
		case f.Tag.Get("need") != "" && !d.patch:
			missing = append(missing, strconv.Quote(f.name))
		}
	}
	if len(missing) > 0 {
		d.faults.at(n, "the member "+strings.Join(missing, ", ")+" is missing", nil)
	}
	if isOneOf(v.Type()) && len(set) != 1 {
		d.faults.at(n, "must have exactly one of the members "+strings.Join(names(known), ", "), nil)
	}
}

// isPatch reports whether a value of this type is put over another one before it is used.
func isPatch(t reflect.Type) bool {
	return t == reflect.TypeFor[provider]() || t == reflect.TypeFor[application]()
}

// members returns the members of an object, without comments. It reports unknown and repeated members, and leaves them out. If known is
// nil, every name is known.
func (d *decoder) members(n Node, members []Member, known []string) []Member {
	out := make([]Member, 0, len(members))
	for i, m := range members {
		fault := &Error{Line: m.Line, Column: m.Column, Path: n.path}
		switch {
		case slices.ContainsFunc(members[:i], func(other Member) bool { return other.Name == m.Name }):
			fault.Problem = fmt.Sprintf("the member %q is repeated", clip(m.Name))
		case isComment(m.Name):
			if _, ok := m.Node.Value.(string); ok {
				continue
			}
			fault.Problem = fmt.Sprintf("the comment %q is %s, and a text is expected", clip(m.Name), m.Node.kind())
		case known == nil || slices.Contains(known, m.Name):
			out = append(out, m)
			continue
		default:
			fault.Problem, fault.Suggestion = fmt.Sprintf("unknown member %q", clip(m.Name)), nearest(m.Name, known)
			if fault.Suggestion == "" {
				fault.Problem += elsewhere(m.Name)
			}
		}
		d.faults.add(fault)
	}
	return out
}

// elsewhere names the object to which a member of this name belongs, because a known member may stand in the wrong object.
func elsewhere(name string) string {
	for _, part := range []struct {
		name string
		of   reflect.Type
	}{
		{"claims", reflect.TypeFor[claimRules]()},
		{"client", reflect.TypeFor[client]()},
		{"client.auth", reflect.TypeFor[auth]()},
		{"introspection", reflect.TypeFor[introspection]()},
		{"login of a provider", reflect.TypeFor[providerLogin]()},
		{"login of the document", reflect.TypeFor[signIn]()},
		{"trust", reflect.TypeFor[trust]()},
		{"users.sql", reflect.TypeFor[sqlUsers]()},
		{"a provider", reflect.TypeFor[provider]()},
	} {
		if slices.Contains(names(fields(part.of)), name) {
			return ", which is a member of " + part.name
		}
	}
	if isParameter(name) {
		return ", which is a parameter of a preset: write it into parameters"
	}
	return ""
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// isAtomic reports whether an application replaces a value of this type as a whole.
func isAtomic(t reflect.Type) bool {
	t = structOf(t)
	return t.Kind() != reflect.Struct || isLeaf(t) || isOneOf(t)
}

package settings_test

import (
	_ "embed"
	"encoding/json"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// everything has every member of every type of a document, with a value other than the default. Its providers contradict
// themselves: this is about reading, and not about sense.
//
//go:embed testdata/everything.json
var everything string

// place is a value in a document.
type place struct {
	field settings.Field
	path  []any // names and indexes
}

// places returns every value of a document that is no object with members of its own, and the members that the document has.
func places(v any, f settings.Field, path []any) (leaves []place, members []string) {
	t := f.Type
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	below := func(v any, f settings.Field, step any) {
		l, m := places(v, f, append(slices.Clone(path), step))
		leaves, members = append(leaves, l...), append(members, m...)
	}
	switch object, isObject := v.(map[string]any); {
	case settings.IsLeaf(t):
		leaves = []place{{f, path}}
	case t.Kind() == reflect.Map && isObject:
		for name, of := range object {
			below(of, settings.Field{Path: f.Path, Type: t.Elem()}, name)
		}
	case t.Kind() == reflect.Slice:
		for i, of := range v.([]any) {
			below(of, settings.Field{Path: f.Path, Type: t.Elem(), Tag: f.Tag}, i)
		}
	case t.Kind() == reflect.Struct:
		for _, member := range settings.Fields(t) {
			if of, ok := object[member.Name]; ok {
				members = append(members, member.Path)
				below(of, member, member.Name)
			}
		}
	default:
		leaves = []place{{f, path}}
	}
	return leaves, members
}

// changed is another value of the same type.
func (p place) changed(old any) any {
	t := p.field.Type
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	enum := slices.DeleteFunc(strings.Fields(p.field.Tag.Get("enum")), func(s string) bool { return s == old })
	switch old := old.(type) {
	case bool:
		return !old
	case float64:
		if t.Kind() == reflect.Float64 {
			return old / 2
		}
		return old + 1
	case map[string]any:
		return map[string]any{"env": "OTHER_SECRET"}
	case string:
		switch {
		case len(enum) > 0:
			return enum[0]
		case strings.HasSuffix(t.String(), "duration"):
			return "7s"
		case t == reflect.TypeFor[netip.Prefix]():
			return "192.168.0.0/16"
		case strings.HasSuffix(t.String(), "Check"):
			return "changed is present"
		case strings.HasSuffix(t.String(), "Path"):
			return "changed"
		}
		return old + "x"
	}
	return old
}

// replaced returns a copy of a document with another value at a path.
func replaced(t *testing.T, v any, path []any, change func(any) any) any {
	t.Helper()
	if len(path) == 0 {
		return change(v)
	}
	switch step := path[0].(type) {
	case string:
		out := maps.Clone(v.(map[string]any))
		out[step] = replaced(t, out[step], path[1:], change)
		return out
	case int:
		out := slices.Clone(v.([]any))
		out[step] = replaced(t, out[step], path[1:], change)
		return out
	}
	return nil
}

// Each member, set to another value, makes another configuration, or is named by an error.
func TestEveryMemberHasEffect(t *testing.T) {
	var document any
	require.NoError(t, json.Unmarshal([]byte(everything), &document))
	leaves, members := places(document, settings.Field{Type: settings.DocumentType}, nil)
	before := dumped(t, parsed(t, nil, everything))
	require.Equal(t, before, dumped(t, parsed(t, nil, everything)))
	require.Greater(t, len(leaves), 150)
	var every []string
	everyMember(settings.DocumentType, &every)
	for _, m := range every {
		require.Contains(t, members, m)
	}
	for _, leaf := range leaves {
		if leaf.field.Name == "$schema" {
			continue
		}
		text, err := json.Marshal(replaced(t, document, leaf.path, leaf.changed))
		require.NoError(t, err)
		doc, err := settings.Parse(text)
		after := ""
		if err == nil {
			after, err = dump(doc)
		}
		if err == nil {
			require.NotEqual(t, before, after, "%v changes nothing", leaf.path)
			continue
		}
		for _, fault := range all(t, err) {
			steps := strings.FieldsFunc(fault.Path, func(r rune) bool { return strings.ContainsRune(".[]0123456789", r) })
			require.NotEmpty(t, steps, "%v: %v", leaf.path, err)
			near := steps[max(len(steps)-2, 0):] // the member, or another one of its object
			require.True(t, slices.ContainsFunc(near, func(s string) bool { return slices.Contains(leaf.path, any(s)) }), "%v", err)
		}
	}
}

// everyMember appends the members of a type and of all types below it.
func everyMember(t reflect.Type, to *[]string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || settings.IsLeaf(t) {
		return
	}
	for _, f := range settings.Fields(t) {
		if t.Name() == "application" && f.Name != "provider" {
			continue // the provider has them too
		}
		*to = append(*to, f.Path)
		everyMember(f.Type, to)
	}
}

package settings_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

var update = flag.Bool("update", false, "write settings.schema.json again")

const schemaFile = "settings.schema.json"

// The schema describes the types.
func TestSchemaIsCurrent(t *testing.T) {
	g := generator{defs: map[string]any{}, comments: comments(t)}
	root := g.object(settings.DocumentType, false)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Settings of oidcauth"
	root["$defs"] = g.defs
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(root))
	require.False(t, bytes.Contains(b.Bytes(), []byte(`"description": ""`)), "a member has no description")
	if *update {
		require.NoError(t, os.WriteFile(schemaFile, b.Bytes(), 0o600))
		return
	}
	require.Equal(t, b.String(), string(settings.Schema()), "run go test ./oidcauth/settings -run Schema -update")
}

// comments returns the comment of every member, by type and field.
func comments(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, file := range []string{"types.go", "types_keys.go", "types_client.go", "types_service.go", "types_login.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			of, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, f := range of.Fields.List {
				for _, name := range f.Names {
					out[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
				}
			}
			return true
		})
	}
	return out
}

// generator makes a definition for each type, and another one for the type in a value that is put over another value.
type generator struct {
	defs     map[string]any
	comments map[string]string
}

func (g *generator) object(t reflect.Type, patch bool) map[string]any {
	properties, required := map[string]any{}, []any{}
	var one []any
	for _, f := range settings.Fields(t) {
		of := g.value(f.Type, f.Tag, patch && !settings.IsAtomic(f.Type))
		if patch {
			of = map[string]any{"anyOf": []any{of, map[string]any{"type": "null"}}}
		}
		of["description"] = g.describe(t, f)
		if text := f.Tag.Get("default"); text != "" {
			of["default"] = json.RawMessage(text)
		}
		properties[f.Name] = of
		if f.Tag.Get("need") != "" && (!patch || settings.IsPatch(t)) {
			required = append(required, f.Name)
		}
		one = append(one, map[string]any{"required": []any{f.Name}})
	}
	out := map[string]any{
		"type": "object", "properties": properties, "patternProperties": map[string]any{"^//": map[string]any{"type": "string"}},
		"additionalProperties": false,
	}
	if len(required) > 0 {
		out["required"] = required
	}
	if settings.IsOneOf(t) {
		out["oneOf"] = one
	}
	return out
}

// describe is the comment of a field, which may be one of an embedded type.
func (g *generator) describe(t reflect.Type, f settings.Field) string {
	owners := []string{t.Name()}
	for _, visible := range reflect.VisibleFields(t) {
		if visible.Anonymous {
			owners = append(owners, visible.Type.Name())
		}
	}
	for _, owner := range owners {
		for name, text := range g.comments {
			if of, field, _ := strings.Cut(name, "."); of == owner && f.Field == field {
				return text
			}
		}
	}
	return ""
}

func (g *generator) value(t reflect.Type, tag reflect.StructTag, patch bool) map[string]any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case settings.IsLeaf(t):
		return settings.LeafSchema(t, tag)
	case t.Kind() == reflect.Struct:
		return g.reference(t, patch)
	case t.Kind() == reflect.Slice:
		return map[string]any{"type": "array", "minItems": 1, "items": g.value(t.Elem(), tag, false)}
	case t.Kind() == reflect.Map:
		return map[string]any{
			"type": "object", "minProperties": 1, "propertyNames": map[string]any{"pattern": `\S`},
			"patternProperties":    map[string]any{"^//": map[string]any{"type": "string"}, "^([^/]|/[^/]|/$|$)": g.value(t.Elem(), "", settings.IsPatch(t.Elem()))},
			"additionalProperties": false,
		}
	case t.Kind() == reflect.Bool:
		if tag.Get("only") != "" {
			return map[string]any{"const": true}
		}
		return map[string]any{"type": "boolean"}
	case t.Kind() == reflect.String:
		if enum := strings.Fields(tag.Get("enum")); len(enum) > 0 {
			return map[string]any{"enum": enum}
		}
		return map[string]any{"type": "string", "pattern": `\S`}
	}
	if t.Kind() == reflect.Float64 {
		return map[string]any{"type": "number", "minimum": 0, "maximum": 1}
	}
	out := map[string]any{"type": "integer", "maximum": settings.MaxInteger}
	if least := tag.Get("min"); least != "" {
		out["minimum"] = json.RawMessage(least)
	}
	return out
}

func (g *generator) reference(t reflect.Type, patch bool) map[string]any {
	name := t.Name()
	if patch && !settings.IsPatch(t) {
		name += "Override"
	}
	if g.defs[name] == nil {
		g.defs[name] = true // for types that contain themselves
		g.defs[name] = g.object(t, patch)
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

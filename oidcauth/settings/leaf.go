package settings

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// leaf is a type that decodes itself.
type leaf interface {
	decode(d *decoder, n Node)
	// schema is the JSON Schema of the type.
	schema(reflect.StructTag) map[string]any
}

// duration is a length of time, as in 1h30m.
type duration time.Duration

func (t *duration) decode(d *decoder, n Node) {
	s, ok := n.Value.(string)
	if !ok {
		d.faults.at(n, `is `+n.kind()+`, and a time with its unit is expected, such as "30s" or "10m"`, nil)
		return
	}
	length, err := time.ParseDuration(s)
	if err != nil {
		d.faults.at(n, `is not a time with its unit, such as "30s" or "10m"`, nil)
		return
	}
	if length < 0 && !d.negative {
		d.faults.at(n, "is negative", nil)
	}
	*t = duration(length)
}

func (*duration) schema(tag reflect.StructTag) map[string]any {
	sign := `\+?`
	if tag.Get("min") == "negative" {
		sign = `[-+]?`
	}
	const part = `([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)`
	return map[string]any{"type": "string", "pattern": "^" + sign + "(0|(" + part + ")+)$"}
}

// text is a text in the document, or in a file.
type text struct {
	node          Node
	Literal, File string
}

func (t *text) decode(d *decoder, n Node) {
	t.node = n
	if s, ok := n.Value.(string); ok {
		if t.Literal = s; strings.TrimSpace(s) == "" {
			d.faults.at(n, "is empty", nil)
		}
		return
	}
	t.File, _ = d.reference(n, "a text", "file")
}

func (*text) schema(reflect.StructTag) map[string]any {
	return map[string]any{"oneOf": []any{nonEmpty(), referenceSchema("file")}}
}

// secret is a reference to a secret in a file or in an environment variable.
type secret struct {
	node      Node
	File, Env string
}

func (t *secret) decode(d *decoder, n Node) {
	t.node = n
	switch n.Value.(type) {
	case string, json.Number, bool:
		d.faults.at(n, `is a secret in the document itself: write {"file": "PATH"} or {"env": "NAME"} instead, and change the secret`, nil)
		return
	}
	t.File, t.Env = d.reference(n, "a secret", "file", "env")
}

func (*secret) schema(reflect.StructTag) map[string]any {
	return map[string]any{"oneOf": []any{referenceSchema("file"), referenceSchema("env")}}
}

func nonEmpty() map[string]any { return map[string]any{"type": "string", "pattern": `\S`} }

func referenceSchema(name string) map[string]any {
	return map[string]any{
		"type": "object", "properties": map[string]any{name: nonEmpty()}, "patternProperties": comments(),
		"required": []any{name}, "additionalProperties": false,
	}
}

// comments is the JSON Schema of comments, which are members that are not read.
func comments() map[string]any { return map[string]any{"^//": map[string]any{"type": "string"}} }

// reference reads an object with exactly one of the members file and env.
func (d *decoder) reference(n Node, expected string, names ...string) (file, env string) {
	members, ok := n.Value.([]Member)
	form := `{"` + strings.Join(names, `": …} or {"`) + `": …}`
	if !ok {
		d.faults.at(n, "is "+n.kind()+", and "+expected+" is expected: "+form, nil)
		return "", ""
	}
	count := 0
	for _, m := range d.members(n, members, names) {
		s, ok := m.Node.Value.(string)
		if !ok || strings.TrimSpace(s) == "" {
			d.faults.at(m.Node, "is empty or not a text", nil)
		}
		if count++; m.Name == "env" {
			env = s
		} else {
			file = s
		}
	}
	if count != 1 {
		d.faults.at(n, "must have exactly one member: "+form, nil)
	}
	return file, env
}

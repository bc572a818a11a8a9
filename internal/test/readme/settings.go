package readme

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// errAccepted reports that a slip causes no error.
var errAccepted = errors.New("the document is accepted")

// schemaNode is the part of a JSON Schema that the tables show.
type schemaNode struct {
	Ref         string                `json:"$ref"`
	Type        string                `json:"type"`
	Description string                `json:"description"`
	Pattern     string                `json:"pattern"`
	Default     json.RawMessage       `json:"default"`
	Const       any                   `json:"const"`
	Enum        []string              `json:"enum"`
	AnyOf       []schemaNode          `json:"anyOf"`
	OneOf       []schemaNode          `json:"oneOf"`
	Items       *schemaNode           `json:"items"`
	Properties  map[string]schemaNode `json:"properties"`
	Required    []string              `json:"required"`
	Patterns    map[string]schemaNode `json:"patternProperties"`
	Defs        map[string]schemaNode `json:"$defs"`
}

// SettingsMembers returns a table of the members of a settings document for each of its objects.
func SettingsMembers() string {
	var root schemaNode
	if err := json.Unmarshal(settings.Schema(), &root); err != nil {
		return err.Error()
	}
	t := memberTables{defs: root.Defs, seen: map[string]bool{}}
	t.object("", root)
	return t.out.String()
}

// memberTables writes an object before those that it contains, and each type once.
type memberTables struct {
	out  strings.Builder
	defs map[string]schemaNode
	seen map[string]bool
}

func (t *memberTables) object(path string, of schemaNode) {
	title := "`" + path + "`"
	if path == "" {
		title = "The document"
	}
	fmt.Fprintf(&t.out, "#### %s\n\n| member | value | default | description |\n|---|---|---|---|\n", title)
	type inner struct {
		path string
		node schemaNode
	}
	var below []inner
	order := slices.Sorted(maps.Keys(of.Properties))
	if path == "" {
		slices.SortStableFunc(order, func(a, b string) int { return strings.Compare(first(a), first(b)) })
	}
	for _, name := range order {
		if _, inherited := t.defs["provider"].Properties[name]; path == applicationPath && inherited {
			continue
		}
		p := of.Properties[name]
		value, def, at := t.value(p, strings.TrimPrefix(path+"."+name, "."))
		if slices.Contains(of.Required, name) {
			value += ", required"
		}
		fmt.Fprintf(&t.out, "| `%s` | %s | %s | %s |\n", name, value, defaultOf(p.Default), p.Description)
		if def != "" && !t.seen[def] {
			t.seen[def] = true
			below = append(below, inner{at, t.defs[def]})
		}
	}
	t.out.WriteString("\n")
	if path == applicationPath {
		t.out.WriteString("An application also has the members of a provider, except `preset`, `parameters`, `issuer`, `discoveryURL` and `jwtSVID`.\n\n")
	}
	for _, b := range below {
		t.object(b.path, b.node)
	}
}

// applicationPath is where the members of a provider are not repeated.
const applicationPath = "applications.NAME"

// first sorts the providers before all other members.
func first(name string) string { return strings.TrimPrefix(name, "providers") }

// value describes a type in words, and returns the definition that it refers to, and where that is.
func (t *memberTables) value(p schemaNode, path string) (words, def, at string) {
	if len(p.AnyOf) > 0 {
		return t.value(p.AnyOf[0], path)
	}
	switch {
	case p.Ref != "":
		name := strings.TrimSuffix(strings.TrimPrefix(p.Ref, "#/$defs/"), "Override")
		return "object", t.definition(name, p.Ref), path
	case p.Items != nil:
		words, def, at = t.value(*p.Items, path+"[]")
		return "list: " + words, def, at
	case len(p.Patterns) > 1:
		for pattern, of := range p.Patterns {
			if pattern != "^//" {
				words, def, at = t.value(of, path+".NAME")
			}
		}
		return "by name: " + words, def, at
	case len(p.Enum) > 0:
		return "`" + strings.Join(p.Enum, "`, `") + "`", "", path
	case p.Const != nil:
		return "`true`", "", path
	case len(p.OneOf) > 0 && p.OneOf[0].Type == "string":
		return "text, or `{\"file\": …}`", "", path
	case len(p.OneOf) > 0:
		return "`{\"file\": …}` or `{\"env\": …}`", "", path
	case p.Type == "boolean":
		return "`true` or `false`", "", path
	case p.Type == "integer", p.Type == "number":
		return "number", "", path
	case len(p.Pattern) > 5:
		return "time", "", path
	}
	return "text", "", path
}

// definition returns the key of a definition. A type that can be overridden is shown once.
func (t *memberTables) definition(name, ref string) string {
	if key := strings.TrimPrefix(ref, "#/$defs/"); !t.seen[name] && !t.seen[name+"Override"] {
		return key
	}
	return ""
}

func defaultOf(raw json.RawMessage) string {
	if raw == nil {
		return ""
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return "`" + strings.Join(list, "`, `") + "`"
	}
	return "`" + strings.Trim(string(raw), `"`) + "`"
}

// slips are documents with a typical slip each.
var slips = []struct{ slip, document string }{
	{"a misspelt member", `{"providers": {"corp": {"issuers": "https://sso.example.com", "audience": ["api://orders"]}}}`},
	{"one value instead of a list", `{"providers": {"corp": {"issuer": "https://sso.example.com", "audience": "api://orders"}}}`},
	{"a secret in the document", `{"providers": {"corp": {"issuer": "https://sso.example.com", "audience": ["api://orders"],
  "client": {"clientID": "orders", "auth": {"secret": "Tr0ub4dor"}}}}}`},
	{"a time without a unit", `{"providers": {"corp": {"issuer": "https://sso.example.com", "audience": ["api://orders"], "leeway": 30}}}`},
	{"a check without quotation marks", `{"providers": {"corp": {"issuer": "https://sso.example.com", "audience": ["api://orders"],
  "claims": {"checks": ["tid == 8a7f"]}}}}`},
	{"quotation marks of a word processor", `{“providers”: {"corp": {"issuer": "https://sso.example.com", "audience": ["api://orders"]}}}`},
	{"no audience", `{"providers": {"corp": {"issuer": "https://sso.example.com"}}}`},
	{"the same audience twice", `{"providers": {"corp": {"issuer": "https://sso.example.com"}}, "applications": {
  "orders": {"provider": "corp", "audience": ["api://orders"]},
  "reports": {"provider": "corp", "audience": ["api://orders"]}}}`},
}

// SettingsSlips returns typical slips and the errors that they cause.
func SettingsSlips() (string, error) {
	var b strings.Builder
	for _, s := range slips {
		doc, err := settings.Parse([]byte(s.document))
		if err == nil {
			_, err = doc.Configuration(settings.Options{})
		}
		if err == nil {
			return "", fmt.Errorf("%w: %s", errAccepted, s.slip)
		}
		fmt.Fprintf(&b, "# %s\n%s\n\n%s\n\n", s.slip, s.document, err)
	}
	return b.String(), nil
}

// SettingsExample returns the example document as a block.
func SettingsExample(root string) string {
	data, err := os.ReadFile(filepath.Join(root, "oidcauth", "settings", "example.json"))
	if err != nil {
		return err.Error()
	}
	return "```json\n" + strings.TrimSpace(string(data)) + "\n```"
}

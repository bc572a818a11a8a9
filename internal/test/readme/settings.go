package readme

import (
	"bytes"
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

// presetFile is the part of a preset's file that the tables show.
type presetFile struct {
	About      string
	Parameters map[string]struct{ About, Default string }
	Provider   map[string]json.RawMessage
	Header     string
	Login      string
	Needs, Why map[string]string
}

// SettingsPresets returns the table of the presets, and for each one what it sets and why.
func SettingsPresets(root string) string {
	var table, members strings.Builder
	table.WriteString("| preset | for | parameters |\n|---|---|---|\n")
	for _, name := range settings.Presets() {
		data, err := os.ReadFile(filepath.Join(root, "oidcauth", "settings", "presets", name+".json"))
		var p presetFile
		if err = errors.Join(err, json.Unmarshal(data, &p)); err != nil {
			return err.Error()
		}
		var parameters []string
		for _, of := range slices.Sorted(maps.Keys(p.Parameters)) {
			text := "`" + of + "`: " + p.Parameters[of].About
			if def := p.Parameters[of].Default; def != "" {
				text += " Default: `" + def + "`."
			}
			parameters = append(parameters, text)
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", name, p.About, strings.Join(parameters, "<br>"))
		members.WriteString(p.members(name))
	}
	return table.String() + "\n| preset | sets | why |\n|---|---|---|\n" + members.String()
}

// members returns a row for each member that the preset sets or needs.
func (p presetFile) members(name string) string {
	var b strings.Builder
	set := map[string]string{}
	p.collect(set, "", p.Provider)
	for _, path := range slices.Sorted(maps.Keys(set)) {
		fmt.Fprintf(&b, "| `%s` | `%s`: `%s` | %s |\n", name, path, strings.ReplaceAll(set[path], "|", "\\|"), p.Why[path])
	}
	if p.Header != "" {
		fmt.Fprintf(&b, "| `%s` | `credentials.header` of the document: `%s` | The proxy puts its token there. |\n", name, p.Header)
	}
	for _, path := range slices.Sorted(maps.Keys(p.Needs)) {
		fmt.Fprintf(&b, "| `%s` | `%s` must be set | It is %s. |\n", name, path, p.Needs[path])
	}
	if p.Login != "" {
		fmt.Fprintf(&b, "| `%s` | for logins | %s |\n", name, p.Login)
	}
	return b.String()
}

// collect adds the members, and those of the objects for which no reason is given.
func (p presetFile) collect(set map[string]string, above string, members map[string]json.RawMessage) {
	for member, value := range members {
		path := strings.TrimPrefix(above+"."+member, ".")
		var inner map[string]json.RawMessage
		if p.Why[path] == "" && json.Unmarshal(value, &inner) == nil {
			p.collect(set, path, inner)
			continue
		}
		var line bytes.Buffer
		_ = json.Compact(&line, value) // it was read before
		set[path] = line.String()
	}
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

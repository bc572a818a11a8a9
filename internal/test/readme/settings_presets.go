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

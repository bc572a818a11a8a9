package main

import (
	"runtime/debug"
	"slices"
	"strings"
)

// module is one that a judge is made of.
type module struct{ name, path string }

// version is that in this binary; empty for a working copy.
func (m module) version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	i := slices.IndexFunc(info.Deps, func(d *debug.Module) bool { return d.Path == m.path && d.Replace == nil })
	if i < 0 {
		return ""
	}
	return strings.TrimPrefix(info.Deps[i].Version, "v")
}

func (j judge) title() string {
	var out []string
	for _, m := range j.modules {
		out = append(out, strings.TrimSpace(m.name+" "+m.version()))
	}
	return strings.Join(out, ", ")
}

package settings

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
)

// A preset is a file: its name is that of the preset, parameters describes the parameters, and provider contains the members of a
// provider, in which ${NAME} stands for a parameter. The value of a parameter cannot end a text within a check.
//
//go:embed presets/*.json
var presetFiles embed.FS

// preset is the content of one file.
type preset struct {
	// The purpose of the preset, in one sentence.
	About string `json:"about" need:"true"`
	// The parameters by name.
	Parameters map[string]parameter `json:"parameters"`
	// The members of the provider that the preset sets.
	Provider provider `json:"provider" need:"true"`
	// The header with the token, for a proxy.
	Header string `json:"header"`
	// The members that the provider must set by itself, and their meaning. A null is enough.
	Needs map[string]string `json:"needs"`
	// What to know about logins.
	Login string `json:"login"`
	// Why it sets them, by the path of the member.
	Why map[string]string `json:"why"`
}

// parameter is one parameter of a preset.
type parameter struct {
	// Its meaning, in one sentence.
	About string `json:"about" need:"true"`
	// Its value if it is left out. A parameter without one is required.
	Default string `json:"default"`
}

// Presets returns the names of the presets, sorted.
func Presets() []string {
	entries, _ := presetFiles.ReadDir("presets") // it is part of the program
	out := make([]string, 0, len(entries))
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".json"))
	}
	slices.Sort(out)
	return out
}

// loadPreset reads the preset of this name, which exists. A fault of the file is one of this package, which its tests find.
func loadPreset(name string) (preset, Node, error) {
	data, err := presetFiles.ReadFile(path.Join("presets", name+".json"))
	if err != nil {
		return preset{}, Node{}, err
	}
	root, fault := parseJSON(data)
	if fault != nil {
		return preset{}, Node{}, fault
	}
	f := &faults{file: name + ".json"}
	d := decoder{faults: f}
	var p preset
	d.decode(root.located("", ""), reflect.ValueOf(&p).Elem(), "")
	body, _ := root.member("provider")
	return p, body, f.err()
}

// isParameter reports whether a preset has a parameter of this name.
func isParameter(name string) bool {
	return slices.ContainsFunc(Presets(), func(preset string) bool {
		p, _, err := loadPreset(preset)
		_, ok := p.Parameters[name]
		return ok && err == nil
	})
}

// withPreset returns the provider's members over those of its preset.
func (f *faults) withPreset(n Node) Node {
	over := n.without("preset", "parameters")
	at, ok := n.member("preset")
	name, isText := at.Value.(string)
	if !ok || !isText || at.Value == nil {
		if given, ok := n.member("parameters"); ok && given.Value != nil {
			f.at(given, "there is no preset to which the parameters belong", nil)
		}
		return merge(n.empty(), over, reflect.TypeFor[provider]())
	}
	if !slices.Contains(Presets(), name) {
		f.unknown(at, "preset", name, Presets())
		return merge(n.empty(), over, reflect.TypeFor[provider]())
	}
	p, body, err := loadPreset(name)
	if err != nil {
		f.at(at, "the preset cannot be read", err)
		return over
	}
	for _, name := range slices.Sorted(maps.Keys(p.Needs)) {
		if _, ok := n.member(name); !ok {
			f.at(at, fmt.Sprintf("the preset needs the member %q: %s", name, p.Needs[name]), nil)
		}
	}
	base := body.located(at.path, "preset "+name).filled(at, f.parameters(n, at, body, p))
	return merge(base, over, reflect.TypeFor[provider]())
}

// empty returns an object without members at the position of n.
func (n Node) empty() Node {
	n.Value = []Member{}
	return n
}

// emptied returns the node itself if it is an object, and else an empty object at its position.
func emptied(n Node) Node {
	if _, ok := n.Value.([]Member); !ok {
		n.Value = []Member{}
	}
	return n
}

// parameters are the parameters of a provider, each at its position in the document. A default has no path.
type parameters struct {
	given  Node // the member parameters
	values map[string]Node
}

// parameters returns the values of the preset's parameters.
func (f *faults) parameters(n, at, body Node, p preset) parameters {
	given, _ := n.member("parameters")
	members, _ := given.Value.([]Member)
	known := make([]string, 0, len(p.Parameters))
	values := map[string]Node{}
	for name, of := range p.Parameters {
		known = append(known, name)
		values[name] = Node{Value: of.Default, Line: at.Line, Column: at.Column}
	}
	slices.Sort(known)
	for _, m := range members {
		if !slices.Contains(known, m.Name) && !isComment(m.Name) {
			f.add(&Error{
				Line: m.Line, Column: m.Column, Path: given.path, Suggestion: nearest(m.Name, known),
				Problem: fmt.Sprintf("the preset has no parameter %q; it has %s", clip(m.Name), strings.Join(known, ", ")),
			})
		}
		if s, ok := m.Node.Value.(string); ok {
			if strings.ContainsAny(s, "'\"`\\") {
				f.at(m.Node, "contains a quotation mark or a backslash, which no parameter may have", nil)
				m.Node.Value = "unusable"
			}
			f.parameterOfURL(m, body, s)
			values[m.Name] = m.Node
		}
	}
	for _, name := range known {
		if values[name].Value == "" {
			f.at(at, fmt.Sprintf("the preset needs the parameter %q: %s", name, p.Parameters[name].About), nil)
		}
	}
	return parameters{given, values}
}

// parameterOfURL reports a value that does not fit the URLs in which the preset puts it.
func (f *faults) parameterOfURL(m Member, body Node, value string) {
	in := "${" + m.Name + "}"
	switch {
	case strings.HasSuffix(value, "/") && body.contains(in+"/"):
		f.at(m.Node, "ends with a slash, after which the preset puts another one: remove it", nil)
	case strings.Contains(value, "/") && body.contains("//"+in):
		f.at(m.Node, "contains a slash, and the name of a host is expected, without https://", nil)
	}
}

// filled puts the values of the parameters into every text, each one as it is. A value in which the document's parameters stand moves to
// the position and the path of the parameter or, if there are several, of all parameters. Other values move to that of the preset's name.
func (n Node) filled(at Node, values parameters) Node {
	n.Line, n.Column = at.Line, at.Column
	if from, ok := values.of(n); ok {
		n.Line, n.Column, n.path = from.Line, from.Column, from.path
	}
	switch value := n.Value.(type) {
	case string:
		n.Value = values.replacer().Replace(value)
	case []Node:
		elements := make([]Node, 0, len(value))
		for _, e := range value {
			elements = append(elements, e.filled(at, values))
		}
		n.Value = elements
	case []Member:
		members := make([]Member, 0, len(value))
		for _, m := range value {
			m.Line, m.Column, m.Node = at.Line, at.Column, m.Node.filled(at, values)
			members = append(members, m)
		}
		n.Value = members
	}
	return n
}

// of returns the parameter of the document that stands in the value or, if there are several, all parameters.
func (p parameters) of(n Node) (from Node, ok bool) {
	for name, value := range p.values {
		if value.path == "" || !n.contains("${"+name+"}") {
			continue
		}
		if ok {
			return p.given, true
		}
		from, ok = value, true
	}
	return from, ok
}

func (p parameters) replacer() *strings.Replacer {
	var pairs []string
	for name, value := range p.values {
		text, _ := value.Value.(string)
		pairs = append(pairs, "${"+name+"}", text)
	}
	return strings.NewReplacer(pairs...)
}

// contains reports whether a text of the value contains this one.
func (n Node) contains(text string) bool {
	switch value := n.Value.(type) {
	case string:
		return strings.Contains(value, text)
	case []Node:
		return slices.ContainsFunc(value, func(e Node) bool { return e.contains(text) })
	case []Member:
		return slices.ContainsFunc(value, func(m Member) bool { return m.Node.contains(text) })
	}
	return false
}

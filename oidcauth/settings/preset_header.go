package settings

import (
	"fmt"
	"slices"
)

// withCredentials returns the document with the header of a proxy's preset, if the document does not say itself where the token is. A
// document has one such header, so the presets of all providers must agree.
func (f *faults) withCredentials(root Node) Node {
	if _, ok := root.member("credentials"); ok {
		return root
	}
	providers, _ := root.member("providers")
	var header, name string
	var at Node
	count, with := 0, 0
	for _, n := range objects(providers) {
		count++
		own, preset, of := headerOf(n)
		if own == "" {
			continue
		}
		if header == "" {
			header, name, at = own, preset, of
		}
		if own == header {
			with++
		}
	}
	switch {
	case header == "":
		return root
	case with < count:
		f.at(at, fmt.Sprintf("the preset reads the token from the header %s, and another provider does not: set credentials", header), nil)
		return root
	}
	value := Node{Line: at.Line, Column: at.Column, path: at.path, origin: "preset " + name}
	credentials := value
	value.Value = header
	credentials.Value = []Member{{Name: "header", Line: at.Line, Column: at.Column, Node: value}}
	members, _ := root.Value.([]Member)
	root.Value = append(slices.Clone(members), Member{Name: "credentials", Line: at.Line, Column: at.Column, Node: credentials})
	return root
}

// headerOf returns the header of a provider's preset, or "", and the preset with its position.
func headerOf(n Node) (header, name string, at Node) {
	at, _ = n.member("preset")
	name, _ = at.Value.(string)
	if !slices.Contains(Presets(), name) {
		return "", name, at
	}
	p, _, err := loadPreset(name)
	if err != nil {
		return "", name, at // withPreset reports it
	}
	return p.Header, name, at
}

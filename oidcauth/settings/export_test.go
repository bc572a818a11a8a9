package settings

import "reflect"

// DocumentType is the type that a document is read into.
var DocumentType = reflect.TypeFor[document]()

// ReadPreset is a preset as its file describes it.
type ReadPreset struct {
	Issuer          string
	Parameters, Why map[string]string
}

// PresetOf reads the file of a preset.
func PresetOf(name string) (ReadPreset, error) {
	p, _, err := loadPreset(name)
	out := ReadPreset{Issuer: p.Provider.Issuer, Why: p.Why, Parameters: map[string]string{}}
	for n, of := range p.Parameters {
		out.Parameters[n] = of.About
	}
	return out, err
}

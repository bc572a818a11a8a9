package settings

import (
	"database/sql"
	"reflect"

	idp "github.com/knownbearer/knownbearer/oidcauth/provider"
)

// DocumentType is the type that a document is read into.
var DocumentType = reflect.TypeFor[document]()

// ReadPreset is a preset as its file describes it.
type ReadPreset struct {
	Issuer          string
	Members         []string // the paths of the values that it sets
	Parameters, Why map[string]string
}

// PresetOf reads the file of a preset.
func PresetOf(name string) (ReadPreset, error) {
	p, body, err := loadPreset(name)
	out := ReadPreset{Issuer: p.Provider.Issuer, Members: body.paths(""), Why: p.Why, Parameters: map[string]string{}}
	for n, of := range p.Parameters {
		out.Parameters[n] = of.About
	}
	return out, err
}

// paths returns the paths of the values in an object.
func (n Node) paths(above string) []string {
	members, isObject := n.Value.([]Member)
	if !isObject {
		return []string{above}
	}
	var out []string
	for _, m := range members {
		out = append(out, m.Node.paths(join(above, m.Name))...)
	}
	return out
}

// Unchecked makes the configuration of a document without the checks of oidcauth.New, and the configurations of its clients.
func Unchecked(d *Document, o Options) (*Configuration, []idp.Config, error) {
	b := &builder{Document: d, faults: faults{file: d.file}, options: o.withDefaults(), databases: map[[2]string]*sql.DB{}}
	c := &Configuration{Config: b.service()}
	var clients []idp.Config
	for i, m := range d.applications {
		b.issuer(m, c)
		clients = append(clients, b.clientConfig(m, c.Config.Issuers[i]))
	}
	b.login(d.applications, c)
	b.options.watched, b.made = &watched{files: files{}}, map[fingerprint]any{}
	b.complete(c)
	if err := b.addShadow(c); err != nil {
		return nil, nil, err
	}
	return c, clients, b.faults.err()
}

// Field is a member of a type of a document.
type Field struct {
	Name, Field, Path string
	Type              reflect.Type
	Tag               reflect.StructTag
}

// Fields returns the members of a type.
func Fields(t reflect.Type) []Field {
	var out []Field
	for _, f := range fields(t) {
		out = append(out, Field{Name: f.name, Field: f.StructField.Name, Path: t.Name() + "." + f.name, Type: f.Type, Tag: f.Tag})
	}
	return out
}

// IsLeaf reports whether a type reads itself.
func IsLeaf(t reflect.Type) bool { return isLeaf(structOf(t)) }

// LeafSchema is the JSON Schema of a type that reads itself.
func LeafSchema(t reflect.Type, tag reflect.StructTag) map[string]any {
	if l, ok := reflect.New(structOf(t)).Interface().(leaf); ok {
		return l.schema(tag)
	}
	return nonEmpty()
}

// IsOneOf and IsAtomic tell types apart as the decoder does, and IsPatch names those that are put over another value.
var (
	IsOneOf  = isOneOf
	IsAtomic = isAtomic
	IsPatch  = isPatch
)

// OfConfig replaces the names of Go fields in a problem of oidcauth.
var OfConfig = ofConfig

// MaxInteger is the largest number of a document.
const MaxInteger = maxInteger

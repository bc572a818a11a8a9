package settings

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
)

// Document is a settings document without structural faults. It is immutable.
type Document struct {
	file         string
	root         Node
	settings     document
	providers    []merged
	applications []merged // in the order of the issuers of a Config
}

// merged is an application over its provider, or a provider that no application uses.
type merged struct {
	name, provider string
	path           string // of the application in the document
	node           Node   // without the provider's keys, if it is an application
	settings       issuer
	inherited      []keySource // the provider's keys
	own            bool        // whether the document has this application, and not only the provider
}

// issuer has the members for one oidcauth.Issuer.
type issuer struct {
	provider
	Of string `json:"provider"`
}

// maxFile is the largest document and the largest file that a document refers to.
const maxFile = 4 << 20

// Load reads a document from a JSON file. Paths in the document are relative to the folder of the file.
func Load(file string) (*Document, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, &Error{File: file, Problem: "the file cannot be read", Err: err}
	}
	return parse(file, data)
}

// Parse reads a document from JSON text. Paths in the document are relative to the working directory.
//
// Its error joins an [*Error] for each fault: unknown and repeated members, values of the wrong type, names of providers and presets
// that do not exist.
func Parse(data []byte) (*Document, error) { return parse("", data) }

func parse(file string, data []byte) (*Document, error) {
	root, fault := parseJSON(data)
	if fault != nil {
		fault.File = file
		return nil, fault
	}
	return ParseNode(file, root)
}

// ParseNode reads a document in another format than JSON from its nodes. The file may be empty; it is used in errors, and relative
// paths begin at its folder.
func ParseNode(file string, root Node) (*Document, error) {
	f := &faults{file: file}
	d := &Document{file: file, root: f.withCredentials(root.located("", "document"))}
	reader := decoder{faults: f}
	reader.decode(d.root, reflect.ValueOf(&d.settings).Elem(), "")
	d.resolve(f, nil)
	if err := f.err(); err != nil {
		return nil, err
	}
	return d, nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is larger than 4 MiB", name)
	}
	return data, err
}

// path returns the path of a file that the document refers to.
func (d *Document) path(name string) string {
	if filepath.IsAbs(name) || d.file == "" {
		return name
	}
	return filepath.Join(filepath.Dir(d.file), name)
}

// resolve puts each provider over its preset, and each application over its provider. Discovered values are
// below all of them.
func (d *Document) resolve(f *faults, discovered map[string]Node) {
	providers, _ := d.root.member("providers")
	applications, _ := d.root.member("applications")
	for name, n := range objects(providers) {
		if d.providerOf(name) < 0 { // otherwise it is repeated
			base := merge(emptied(discovered[name]), f.withPreset(n.withOrigin("provider "+name)), reflect.TypeFor[provider]())
			d.providers = append(d.providers, f.application(name, name, base, Node{}))
		}
	}
	used := map[string]bool{}
	for name, n := range objects(applications) {
		at, ok := n.member("provider")
		of, isText := at.Value.(string)
		i := d.providerOf(of)
		switch {
		case !ok:
			f.at(n, `the member "provider" is missing`, nil)
		case isText && of != "" && i < 0:
			f.unknown(at, "provider", of, namesOf(d.providers))
		case i >= 0:
			used[of] = true
			d.applications = append(d.applications, f.application(name, of, d.providers[i].node, n.withOrigin("application "+name)))
		}
	}
	for _, p := range d.providers {
		if !used[p.name] {
			d.applications = append(d.applications, p)
		}
	}
	d.applyDefault(f)
	d.applyLogin(f)
}

func (d *Document) providerOf(name string) int { return slices.Index(namesOf(d.providers), name) }

func namesOf(list []merged) []string {
	out := make([]string, 0, len(list))
	for _, m := range list {
		out = append(out, m.name)
	}
	return out
}

// application decodes an application over its provider. A zero node stands for the provider itself.
func (f *faults) application(name, of string, base, over Node) merged {
	m := merged{name: name, provider: of, path: join("providers", of), node: base}
	reader := decoder{faults: f}
	if over.Value != nil {
		keys, _ := base.member("keys")
		if keys.Value != nil {
			reader.decode(keys, reflect.ValueOf(&m.inherited).Elem(), "")
		}
		m.path, m.own = join("applications", name), true
		m.node = merge(base.without("keys"), over, reflect.TypeFor[issuer]())
	}
	reader.decode(m.node, reflect.ValueOf(&m.settings).Elem(), "")
	if m.settings.Issuer == "" && !f.suggested("issuer", base.path) && !f.reported(join(base.path, "preset")) {
		f.at(base, `the member "issuer" is missing: set it, or a preset`, nil)
	}
	return m
}

func (d *Document) applyDefault(f *faults) {
	if d.settings.Default == "" {
		return
	}
	names := namesOf(d.applications)
	at := slices.Index(names, d.settings.Default)
	if _, broken := d.settings.Applications[d.settings.Default]; at < 0 && broken {
		return // another error says why it cannot be used
	}
	if at < 0 {
		n, _ := d.root.member("default")
		f.unknown(n, "application", d.settings.Default, names)
		return
	}
	chosen := d.applications[at]
	d.applications = slices.Insert(slices.Delete(d.applications, at, at+1), 0, chosen)
}

// Package yaml reads a settings document that is written in YAML.
//
//	doc, err := yaml.Load("settings.yaml")
//	c, err := doc.Configuration(settings.Options{})
//
// The document is that of package settings, and so are its errors. Of YAML 1.2, the part is read that JSON has too: mappings with
// names, lists, texts, numbers, true, false and null. Anchors, aliases, tags, merge keys and several documents in one file are errors,
// because each of them makes a value that does not stand where it is read. A number is written as in JSON; text that looks like a
// number, true, false or null must be in quotation marks. A member without a value is an error.
package yaml

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// maxFile is the largest document.
const maxFile = 4 << 20

var errTooLarge = errors.New("yaml: the document is larger than 4 MiB")

// Load reads a document from a file. Paths in the document are relative to the folder of the file. Its error joins a
// [*settings.Error] for each fault.
func Load(file string) (*settings.Document, error) {
	data, err := read(file)
	if err != nil {
		return nil, &settings.Error{File: file, Problem: "the file cannot be read", Err: err}
	}
	return ParseFile(file, data)
}

// Parse reads a document from YAML text. Paths in the document are relative to the working directory. Its error joins a
// [*settings.Error] for each fault.
func Parse(data []byte) (*settings.Document, error) {
	return ParseFile("", data)
}

func read(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errTooLarge
	}
	return data, err
}

// ParseFile reads the text of a file, as [settings.WatchOptions] need it. Its error is that of Parse.
func ParseFile(file string, data []byte) (*settings.Document, error) {
	if len(data) > maxFile {
		return nil, &settings.Error{File: file, Problem: "the document cannot be read", Err: errTooLarge}
	}
	r := reader{file: file}
	root := r.document(data)
	if len(r.faults) > 0 {
		return nil, errors.Join(r.faults...)
	}
	return settings.ParseNode(file, root)
}

// document returns the only document of the text.
func (r *reader) document(data []byte) (root settings.Node) {
	defer func() {
		if v := recover(); v != nil { // the parser's own faults are those of the text
			r.fault(1, 1, fmt.Sprintf("this is not YAML that can be read: %.100v", v))
		}
	}()
	if err := checkText(data); err != nil {
		r.fault(1, 1, "this is not YAML: "+err.Error())
		return root
	}
	parsed, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	var syntax *yaml.SyntaxError
	switch {
	case errors.As(err, &syntax) && syntax.Token != nil:
		r.syntax(data, syntax)
	case err != nil:
		r.fault(1, 1, "this is not YAML")
	case len(parsed.Docs) == 0 || parsed.Docs[0].Body == nil:
		r.fault(1, 1, "the document is empty")
	case len(parsed.Docs) > 1:
		r.fault(parsed.Docs[1].Start.Position.Line, 1, "a second document begins here, and one is expected")
	default:
		root = r.node(parsed.Docs[0].Body, 0)
	}
	return root
}

// syntax reports a fault of the parser, and the usual slips that lead to one.
func (r *reader) syntax(data []byte, e *yaml.SyntaxError) {
	at := e.Token.Position
	lines := strings.Split(string(data), "\n")
	if at.Line <= len(lines) && strings.HasPrefix(strings.TrimLeft(lines[at.Line-1], " "), "\t") {
		r.fault(at.Line, at.Column, "this is not YAML: a tab indents the line: write blanks instead")
		return
	}
	r.fault(at.Line, at.Column, "this is not YAML: "+e.Message+": compare the indentation of this line with that of its neighbours, and write a blank after each colon")
}

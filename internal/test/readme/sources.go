package readme

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

var (
	errTwice   = errors.New("two declarations have this name")
	errUnknown = errors.New("no declaration has this name")
	errNoRoot  = errors.New("no directory above is the root of the repository")
)

// Root is the root of the repository, seen from the working directory of a test.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, ".github", "CHANGELOG.md")); err == nil {
			return dir, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", errNoRoot
		}
		dir = above
	}
}

// Sources are the Go declarations that pages may show, by name.
type Sources struct {
	root         string
	declarations map[string]declaration
}

// declaration is the text of one function or variable.
type declaration struct {
	path  string
	whole string // with its signature
	inner string // a function's body, or a variable's value
}

// NewSources reads the Go files that match the patterns, which are relative to root. A name stands for one declaration.
func NewSources(root string, patterns ...string) (*Sources, error) {
	s := &Sources{root: root, declarations: map[string]declaration{}}
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			if err := s.read(path); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

func (s *Sources) read(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, data, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	text := func(from, to token.Pos) string {
		return string(data[files.Position(from).Offset:files.Position(to).Offset])
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Body != nil {
				err = s.add(d.Name.Name, declaration{path, text(d.Pos(), d.End()), unindented(text(d.Body.Lbrace+1, d.Body.Rbrace))})
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if ok && len(v.Names) == 1 && len(v.Values) == 1 && v.Names[0].Name != "_" {
					err = errors.Join(err, s.add(v.Names[0].Name, declaration{path, text(d.Pos(), d.End()), text(v.Values[0].Pos(), v.Values[0].End())}))
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Sources) add(name string, d declaration) error {
	if have, ok := s.declarations[name]; ok {
		return fmt.Errorf("%w: %s, in %s and %s", errTwice, name, have.path, d.path)
	}
	s.declarations[name] = d
	return nil
}

// code is what a mark of kind go names.
func (s *Sources) code(mark string) (string, error) {
	kind, name, ok := strings.Cut(mark, " ")
	if !ok {
		kind, name = "", mark
	}
	if kind == "file" {
		data, err := os.ReadFile(filepath.Join(s.root, filepath.FromSlash(name)))
		_, code, ok := strings.Cut("\n"+string(data), "\npackage ")
		if !ok {
			return "", errors.Join(err, errUnknown)
		}
		return "package " + strings.TrimSpace(code), err
	}
	d, ok := s.declarations[name]
	if !ok {
		return "", fmt.Errorf("%w: %s", errUnknown, name)
	}
	if kind == "func" {
		return d.whole, nil
	}
	return d.inner, nil
}

// unindented takes one tab from the beginning of each line.
func unindented(body string) string {
	lines := strings.Split(strings.Trim(body, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "\t")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

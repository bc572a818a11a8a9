package readme

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Folders are the public packages.
var Folders = []string{
	"oidcauth", "oidcauth/reason", "oidcauth/decision", "oidcauth/denylist", "oidcauth/provider", "oidcauth/entra", "oidcauth/oidctest", "oidcauth/redisstore", "oidcauth/login",
	"oidcauth/grpcauth", "oidcauth/mcpauth", "oidcauth/promauth", "oidcauth/otelauth",
	"certsource", "claims", "usermap",
}

var errName = errors.New("the page names what is not exported")

// Names are the exported names of packages: by "package", and by "package.Type" its fields and methods.
type Names struct {
	of map[string]map[string]string // the value is the type of a field, if it is one of the same package
}

// NewNames reads packages by their folders, relative to root.
func NewNames(root string, folders ...string) (*Names, error) {
	n := &Names{of: map[string]map[string]string{}}
	for _, folder := range folders {
		paths, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			if !strings.HasSuffix(path, "_test.go") {
				n.read(file)
			}
		}
	}
	return n, nil
}

func (n *Names) read(file *ast.File) {
	pkg := file.Name.Name
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			in := pkg
			if d.Recv != nil {
				in = pkg + "." + typeName(d.Recv.List[0].Type)
			}
			n.add(in, d.Name.Name, "")
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				n.declared(pkg, spec)
			}
		}
	}
}

func (n *Names) declared(pkg string, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			n.add(pkg, name.Name, "")
		}
	case *ast.TypeSpec:
		n.add(pkg, spec.Name.Name, spec.Name.Name)
		var members *ast.FieldList
		switch t := spec.Type.(type) {
		case *ast.StructType:
			members = t.Fields
		case *ast.InterfaceType:
			members = t.Methods
		default:
			return
		}
		for _, member := range members.List {
			for _, name := range member.Names {
				n.add(pkg+"."+spec.Name.Name, name.Name, typeName(member.Type))
			}
		}
	}
}

func (n *Names) add(in, name, typ string) {
	if n.of[in] == nil {
		n.of[in] = map[string]string{}
	}
	n.of[in][name] = typ
}

// typeName is the name of a type of the same package, or of a pointer to one.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// short are the words that pages write for types.
var short = map[string]string{
	"Issuer": "oidcauth.Issuer", "Config": "oidcauth.Config", "Cache": "oidcauth.Cache", "auth": "oidcauth.Authenticator", "id": "oidcauth.Identity",
	"User": "usermap.User",
}

// foreign are names of others: permissions of Microsoft Graph.
var foreign = map[string]bool{"User.Read": true, "User.Read.All": true}

var name = regexp.MustCompile(`(^|[^\w.])([A-Za-z]\w*)((?:\.[A-Z]\w*)+)`)

// Check finds names in a page, given by its path, that no package exports, such as a field that has been renamed.
func (n *Names) Check(path string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var faults []error
	for _, m := range name.FindAllStringSubmatch(string(page), -1) {
		at, parts := m[2], strings.Split(m[3][1:], ".")
		if short[at] != "" {
			at = short[at]
		}
		if n.of[at] == nil || foreign[m[2]+m[3]] {
			continue // of another library
		}
		pkg, _, _ := strings.Cut(at, ".")
		for _, part := range parts {
			typ, ok := n.of[at][part]
			if !ok {
				faults = append(faults, fmt.Errorf("%w: %s%s", errName, m[2], m[3]))
				break
			}
			if at = pkg + "." + typ; n.of[at] == nil {
				break
			}
		}
	}
	return errors.Join(faults...)
}

package readme

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

var errNoModules = errors.New("no variable conformance lists test modules")

// Conformance returns a table of the relying-party tests of the OpenID conformance suite, as the tests of package login list them.
func Conformance(root string) string {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "oidcauth", "login", "conformance_test.go"), nil, parser.SkipObjectResolution)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	b.WriteString("| module | outcome | test |\n|---|---|---|\n")
	rows := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "conformance" {
			return true
		}
		list, _ := spec.Values[0].(*ast.CompositeLit)
		for _, e := range list.Elts {
			row, _ := e.(*ast.CompositeLit)
			writeModule(&b, membersOf(row))
			rows++
		}
		return false
	})
	if rows == 0 {
		return errNoModules.Error()
	}
	return b.String()
}

func writeModule(b *strings.Builder, m map[string]string) {
	outcome, test := m["gets"], m["test"]
	switch {
	case m["none"] != "":
		outcome = "not run: " + m["none"]
	case m["status"] == "200":
		outcome, test = "signed in", "TestConformance"
	case m["status"] != "":
		outcome, test = m["status"]+", `"+m["reason"]+"`", "TestConformance"
	}
	fmt.Fprintf(b, "| %s | %s | %s |\n", m["name"], outcome, test)
}

// membersOf returns the texts, numbers and names that the literal of a struct has.
func membersOf(literal *ast.CompositeLit) map[string]string {
	members := map[string]string{}
	for _, e := range literal.Elts {
		pair, _ := e.(*ast.KeyValueExpr)
		name, _ := pair.Key.(*ast.Ident)
		switch v := pair.Value.(type) {
		case *ast.Ident:
			members[name.Name] = v.Name
		case *ast.BasicLit:
			members[name.Name] = v.Value
			if text, err := strconv.Unquote(v.Value); err == nil {
				members[name.Name] = text
			}
		}
	}
	return members
}

package oidcauth_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"os"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// mendFunc is a function whose body is the Go of a mend.
func mendFunc(name, statements string) string {
	return "func " + name + "(config *oidcauth.Config, issuer *oidcauth.Issuer) error {\n" + statements + "\nreturn nil }\n"
}

// goMend runs the Go of a mend: it knows the statements and expressions that mends consist of.
type goMend struct {
	t    *testing.T
	vars map[string]reflect.Value
}

var goNames = map[string]reflect.Value{
	"claims.Name": reflect.ValueOf(claims.Name), "claims.Pointer": reflect.ValueOf(claims.Pointer), "claims.Equals": reflect.ValueOf(claims.Equals[bool]),
	"oidcauth.Exactly": reflect.ValueOf(oidcauth.Exactly), "oidcauth.CertificateRFC9440": reflect.ValueOf(oidcauth.CertificateRFC9440),
	"provider.New": reflect.ValueOf(provider.New), "provider.HTTPClient": reflect.ValueOf(provider.HTTPClient),
	"os.Getenv": reflect.ValueOf(os.Getenv), "os.ReadFile": reflect.ValueOf(os.ReadFile),
	"netip.MustParsePrefix": reflect.ValueOf(netip.MustParsePrefix), "time.Minute": reflect.ValueOf(time.Minute),
}

var goTypes = map[string]reflect.Type{
	"certsource.Discovered": reflect.TypeFor[certsource.Discovered](), "certsource.JWKS": reflect.TypeFor[certsource.JWKS](),
	"provider.Config": reflect.TypeFor[provider.Config](), "provider.Auth": reflect.TypeFor[provider.Auth](), "provider.Trust": reflect.TypeFor[provider.Trust](),
	"oidcauth.ClientCertificate": reflect.TypeFor[oidcauth.ClientCertificate](), "netip.Prefix": reflect.TypeFor[netip.Prefix](), "string": reflect.TypeFor[string](),
}

func applyGo(t *testing.T, statements string, c *oidcauth.Config) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "mend.go", "package p\n"+mendFunc("mend", statements), 0)
	require.NoError(t, err, statements)
	require.Len(t, file.Decls, 1, "the statements are no more than a function's body: %s", statements)
	m := goMend{t, map[string]reflect.Value{"config": reflect.ValueOf(c).Elem(), "issuer": reflect.ValueOf(&c.Issuers[0]).Elem()}}
	for _, s := range file.Decls[0].(*ast.FuncDecl).Body.List {
		if assign, ok := s.(*ast.AssignStmt); ok {
			m.assign(assign)
		}
	}
}

func (m goMend) assign(s *ast.AssignStmt) {
	if s.Tok == token.DEFINE {
		call := s.Rhs[0].(*ast.CallExpr)
		out := m.value(call.Fun, nil).Call(m.values(call.Args))
		require.Nil(m.t, out[1].Interface())
		m.vars[s.Lhs[0].(*ast.Ident).Name] = out[0]
		return
	}
	if at, ok := s.Lhs[0].(*ast.IndexExpr); ok {
		of, value := m.value(at.X, nil), m.value(s.Rhs[0], nil)
		if of.Kind() == reflect.Map {
			of.SetMapIndex(m.value(at.Index, nil), value)
			return
		}
		of.Set(reflect.AppendSlice(reflect.Zero(of.Type()), of)) // the scene keeps its list
		of.Index(int(m.value(at.Index, nil).Int())).Set(value)
		return
	}
	to := m.value(s.Lhs[0], nil)
	to.Set(m.value(s.Rhs[0], to.Type()))
}

func (m goMend) values(list []ast.Expr) []reflect.Value {
	var out []reflect.Value
	for _, e := range list {
		out = append(out, m.value(e, nil))
	}
	return out
}

// value evaluates an expression. The type is that of nil.
func (m goMend) value(e ast.Expr, of reflect.Type) reflect.Value {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.INT {
			n, err := strconv.ParseInt(e.Value, 10, 64)
			require.NoError(m.t, err)
			return reflect.ValueOf(time.Duration(n))
		}
		s, err := strconv.Unquote(e.Value)
		require.NoError(m.t, err)
		return reflect.ValueOf(s)
	case *ast.BinaryExpr:
		require.Equal(m.t, token.MUL, e.Op)
		return reflect.ValueOf(time.Duration(m.value(e.X, nil).Int() * m.value(e.Y, nil).Int()))
	case *ast.Ident:
		switch e.Name {
		case "nil":
			return reflect.Zero(of)
		case "true", "false":
			return reflect.ValueOf(e.Name == "true")
		}
		require.Contains(m.t, m.vars, e.Name)
		return m.vars[e.Name]
	case *ast.SelectorExpr:
		if name := nameOf(e); goNames[name].IsValid() {
			return goNames[name]
		}
		return m.value(e.X, nil).FieldByName(e.Sel.Name)
	case *ast.CallExpr:
		args := m.values(e.Args)
		switch nameOf(e.Fun) {
		case "append":
			return reflect.Append(args[0], args[1:]...)
		case "string":
			return args[0].Convert(reflect.TypeFor[string]())
		}
		if nameOf(e.Fun) == "claims.Equals" && args[1].Kind() == reflect.String {
			return reflect.ValueOf(claims.Equals[string]).Call(args)[0]
		}
		return m.value(e.Fun, nil).Call(args)[0]
	case *ast.CompositeLit:
		return m.composite(e)
	}
	panic(fmt.Sprintf("%T is no expression of a mend", e))
}

func (m goMend) composite(e *ast.CompositeLit) reflect.Value {
	if list, ok := e.Type.(*ast.ArrayType); ok {
		out := reflect.Zero(reflect.SliceOf(goTypes[nameOf(list.Elt)]))
		return reflect.Append(out, m.values(e.Elts)...)
	}
	out := reflect.New(goTypes[nameOf(e.Type)]).Elem()
	for _, member := range e.Elts {
		pair := member.(*ast.KeyValueExpr)
		field := out.FieldByName(pair.Key.(*ast.Ident).Name)
		field.Set(m.value(pair.Value, field.Type()))
	}
	return out
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return nameOf(e.X) + "." + e.Sel.Name
	}
	return ""
}

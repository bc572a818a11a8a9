package settings

import (
	"reflect"
	"regexp"
	"strings"
)

// goName is a field of Go, or a path of fields.
var goName = regexp.MustCompile(`\b[A-Z][A-Za-z]+(\.[A-Z][A-Za-z]+)*\b`)

// inMembers returns a text of package oidcauth with the names of members instead of those of Go fields: claims.userInfo for
// Claims.UserInfo.
func inMembers(text string) string {
	return goName.ReplaceAllStringFunc(text, func(path string) string {
		steps := strings.Split(path, ".")
		for i, step := range steps {
			if steps[i] = memberNames[step]; steps[i] == "" {
				return path
			}
		}
		return strings.Join(steps, ".")
	})
}

// memberNames are the members by the names of their Go fields.
var memberNames = func() map[string]string {
	out := map[string]string{"URL": "issuer", "HTTPClient": "trust"}
	for _, t := range []reflect.Type{
		reflect.TypeFor[issuer](), reflect.TypeFor[claimRules](), reflect.TypeFor[introspection](), reflect.TypeFor[document](),
		reflect.TypeFor[response](), reflect.TypeFor[revocation](), reflect.TypeFor[credentials](), reflect.TypeFor[clientCertificate](),
	} {
		for _, f := range fields(t) {
			if out[f.StructField.Name] == "" {
				out[f.StructField.Name] = f.name
			}
		}
	}
	return out
}()

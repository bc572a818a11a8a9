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
func inMembers(text string) string { return named(text, memberNames) }

func named(text string, members map[string]string) string {
	return goName.ReplaceAllStringFunc(text, func(path string) string {
		steps := strings.Split(path, ".")
		for i, step := range steps {
			if steps[i] = members[step]; steps[i] == "" {
				return path
			}
		}
		return strings.Join(steps, ".")
	})
}

// memberNames are the members by the names of their Go fields.
var memberNames = namesOfFields(
	reflect.TypeFor[issuer](), reflect.TypeFor[claimRules](), reflect.TypeFor[introspection](), reflect.TypeFor[document](),
	reflect.TypeFor[response](), reflect.TypeFor[revocation](), reflect.TypeFor[credentials](), reflect.TypeFor[clientCertificate](),
)

// loginNames are those in the texts of package login.
var loginNames = namesOfFields(
	reflect.TypeFor[signIn](), reflect.TypeFor[sessions](), reflect.TypeFor[logoutAtLast](), reflect.TypeFor[providerLogin](),
	reflect.TypeFor[client](), reflect.TypeFor[issuer](), reflect.TypeFor[claimRules](),
)

// clientNames are those in the texts of package provider.
var clientNames = clientMembers()

func clientMembers() map[string]string {
	out := namesOfFields(reflect.TypeFor[auth](), reflect.TypeFor[issuer]())
	for name, member := range namesOfFields(reflect.TypeFor[client]()) {
		out[name] = "client." + member
	}
	return out
}

func namesOfFields(types ...reflect.Type) map[string]string {
	out := map[string]string{"URL": "issuer", "HTTPClient": "trust"}
	for _, t := range types {
		for _, f := range fields(t) {
			if out[f.StructField.Name] == "" {
				out[f.StructField.Name] = f.name
			}
		}
	}
	return out
}

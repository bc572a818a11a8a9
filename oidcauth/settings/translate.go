package settings

import (
	"reflect"
	"regexp"
	"strings"
)

var (
	// goName is a field of Go, or a path of fields, perhaps of a type of another package.
	goName = regexp.MustCompile(`\b(?:[a-z]+\.)?[A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)*\b`)
	goPath = regexp.MustCompile(`claims\.(?:Name|Pointer)\(("[^"]*")\)`)
	// goTrust is the call that makes the HTTPClient of a member trust.
	goTrust = regexp.MustCompile(`provider\.HTTPClient\((provider\.Trust)\{(?:(\w+): )?…\}\)(?: as HTTPClient of Issuer and of provider\.Config)?`)
)

// otherMembers has the members for fields that a document has at another place.
var otherMembers = map[string]string{"login.Config.Providers": "providers", "entra.GroupsConfig.Client": "client"}

// goTypes are the types of Go from which a text names a field, and the members for them.
var goTypes = []struct {
	name, path string
	of         reflect.Type
}{
	{"Issuer", "", reflect.TypeFor[issuer]()},
	{"Config", "", reflect.TypeFor[document]()},
	{"provider.Config", "client", reflect.TypeFor[client]()},
	{"provider.Auth", "client.auth", reflect.TypeFor[auth]()},
	{"provider.Trust", "trust", reflect.TypeFor[trust]()},
	{"login.Config", "login", reflect.TypeFor[signIn]()},
	{"login.Sessions", "login.sessions", reflect.TypeFor[sessions]()},
	{"login.Provider", "login", reflect.TypeFor[providerLogin]()},
	{"certsource.Refresh", "refresh", reflect.TypeFor[refresh]()},
	{"certsource", "keys[]", reflect.TypeFor[keySource]()},
	{"entra.GroupsConfig", "claims.entraGroups", reflect.TypeFor[entraGroups]()},
	{"usermap.SQLConfig", "users.sql", reflect.TypeFor[sqlUsers]()},
}

// InMembers returns a text of this library, such as the Fix of a hint, with the names of members instead of those of Go: claims.acr for
// Issuer.Claims.ACR, and client.clientID for provider.Config.ClientID. A name without a member stays as it is.
func InMembers(text string) string {
	text = goTrust.ReplaceAllStringFunc(text, func(call string) string {
		found := goTrust.FindStringSubmatch(call)
		return strings.TrimSuffix(found[1]+"."+found[2], ".")
	})
	return goName.ReplaceAllStringFunc(goPath.ReplaceAllString(text, "$1"), func(path string) string {
		member, ok := memberOf(path)
		if !ok {
			return path
		}
		return member
	})
}

// memberOf returns the member for a field of one of the goTypes.
func memberOf(path string) (string, bool) {
	if member := otherMembers[path]; member != "" {
		return member, true
	}
	for _, t := range goTypes {
		rest, ok := strings.CutPrefix(path, t.name)
		if !ok || rest != "" && rest[0] != '.' || rest == "" && t.path == "" {
			continue
		}
		member, of := t.path, t.of
		for _, step := range strings.Split(rest, ".")[1:] {
			name, next := memberOfField(of, step)
			if name == "" && of == reflect.TypeFor[client]() { // a client has the Issuer of its provider
				member = ""
				name, next = memberOfField(reflect.TypeFor[issuer](), step)
			}
			if name == "" {
				return "", false
			}
			member, of = strings.TrimPrefix(member+"."+name, "."), next
		}
		return member, true
	}
	return "", false
}

func memberOfField(t reflect.Type, name string) (string, reflect.Type) {
	switch {
	case t.Kind() != reflect.Struct:
		return "", nil
	case name == "URL" && t == reflect.TypeFor[issuer]():
		name = "Issuer"
	case name == "HTTPClient":
		name = "Trust"
	}
	for _, f := range fields(t) {
		if f.StructField.Name == name {
			return f.name, structOf(f.Type)
		}
	}
	return "", nil
}

// ofConfig returns a problem of an oidcauth.ConfigError with the names of members.
func ofConfig(text string) string { return named(text, memberNames) }

// named is like InMembers, and replaces bare names of fields too.
func named(text string, members map[string]string) string {
	return goName.ReplaceAllStringFunc(text, func(path string) string {
		if member, ok := memberOf(path); ok {
			return member
		}
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
	out := map[string]string{"HTTPClient": "trust"}
	for _, t := range types {
		for _, f := range fields(t) {
			if out[f.StructField.Name] == "" {
				out[f.StructField.Name] = f.name
			}
		}
	}
	return out
}

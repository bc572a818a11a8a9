package settings_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/entra"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
	"github.com/knownbearer/knownbearer/usermap"
)

// elsewhere are the fields of the core that are no member of the same name, and why.
var elsewhere = map[string]string{
	"Config.Issuers":                      "providers and applications",
	"Config.HTTPClient":                   "trust",
	"Config.Now":                          "a function",
	"Config.OnEvent":                      "a function",
	"Issuer.URL":                          "issuer",
	"Issuer.HTTPClient":                   "trust",
	"Log.Remote":                          "a function",
	"Log.TraceID":                         "a function",
	"Response.Refuse":                     "a function",
	"provider.Config.Issuer":              "that of the provider",
	"provider.Config.DiscoveryURL":        "that of the provider",
	"provider.Config.HTTPClient":          "trust",
	"provider.Config.DPoP":                "the code that sends bound tokens needs the same Prover",
	"provider.Config.MTLSEndpointAliases": "the code that sends bound tokens needs the same HTTPClient, with its certificate",
	"provider.Config.Now":                 "a function",
	"provider.Config.OnEvent":             "a function",
	"provider.Config.Keys":                "inherited from the provider",
	"provider.Config.Algorithms":          "inherited from the provider",
	"SQLConfig.DB":                        "driver and dsn",
	"Dir.FS":                              "path",
	"User.Value":                          "an object of the program",
	"Logout.IDTokenHint":                  "a value of one session",
	"Logout.State":                        "a value of one session",
	"GroupsConfig.Client":                 "client",
	"GroupsConfig.HTTPClient":             "a function of the program",
	"GroupsConfig.Now":                    "a function",
	"login.Config.Authenticator":          "an object of the program",
	"login.Config.Providers":              "applications",
	"login.Config.Refuse":                 "a function",
	"Sessions.Store":                      "an object of the program",
	"login.Provider.Client":               "client",
	"Memory.Now":                          "a function",
}

// A field that is added to the core is a member of a document, or listed above.
func TestEveryFieldOfTheCoreIsAMember(t *testing.T) {
	types := map[string][]string{}
	var collect func(reflect.Type)
	collect = func(of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
			of = of.Elem()
		}
		if _, known := types[of.Name()]; known || of.Kind() != reflect.Struct || settings.IsLeaf(of) {
			return
		}
		types[of.Name()] = nil
		for _, f := range settings.Fields(of) {
			types[of.Name()] = append(types[of.Name()], strings.ToLower(f.Name))
			collect(f.Type)
		}
	}
	collect(settings.DocumentType)
	used := map[string]bool{}
	for _, c := range []struct {
		name, member string
		core         reflect.Type
	}{
		{"Config", "document", reflect.TypeFor[oidcauth.Config]()},
		{"Issuer", "provider", reflect.TypeFor[oidcauth.Issuer]()},
		{"ClaimRules", "claimRules", reflect.TypeFor[oidcauth.ClaimRules]()},
		{"GroupsConfig", "entraGroups", reflect.TypeFor[entra.GroupsConfig]()},
		{"RoleRules", "roleRules", reflect.TypeFor[oidcauth.RoleRules]()},
		{"Introspection", "introspection", reflect.TypeFor[oidcauth.Introspection]()},
		{"Cache", "cache", reflect.TypeFor[oidcauth.Cache]()},
		{"Credentials", "credentials", reflect.TypeFor[oidcauth.Credentials]()},
		{"DPoP", "dpopRules", reflect.TypeFor[oidcauth.DPoP]()},
		{"ClientCertificate", "clientCertificate", reflect.TypeFor[oidcauth.ClientCertificate]()},
		{"Log", "logRules", reflect.TypeFor[oidcauth.Log]()},
		{"Revocation", "revocation", reflect.TypeFor[oidcauth.Revocation]()},
		{"Response", "response", reflect.TypeFor[oidcauth.Response]()},
		{"Resource", "resource", reflect.TypeFor[oidcauth.Resource]()},
		{"provider.Config", "client", reflect.TypeFor[provider.Config]()},
		{"Auth", "auth", reflect.TypeFor[provider.Auth]()},
		{"Trust", "trust", reflect.TypeFor[provider.Trust]()},
		{"login.Config", "signIn", reflect.TypeFor[login.Config]()},
		{"Sessions", "sessions", reflect.TypeFor[login.Sessions]()},
		{"login.Logout", "logoutAtLast", reflect.TypeFor[login.Logout]()},
		{"login.Provider", "providerLogin", reflect.TypeFor[login.Provider]()},
		{"TokenRequest", "providerLogin", reflect.TypeFor[provider.TokenRequest]()},
		{"Logout", "logout", reflect.TypeFor[provider.Logout]()},
		{"SQLConfig", "sqlUsers", reflect.TypeFor[usermap.SQLConfig]()},
		{"Person", "person", reflect.TypeFor[usermap.Person]()},
		{"Flag", "flag", reflect.TypeFor[usermap.Flag]()},
		{"Entry", "entry", reflect.TypeFor[usermap.Entry]()},
		{"User", "user", reflect.TypeFor[usermap.User]()},
		{"Dir", "dirSource", reflect.TypeFor[certsource.Dir]()},
		{"Endpoint", "endpointSource", reflect.TypeFor[certsource.Endpoint]()},
		{"JWKS", "jwksSource", reflect.TypeFor[certsource.JWKS]()},
		{"KeyURL", "keyURLSource", reflect.TypeFor[certsource.KeyURL]()},
		{"Discovered", "discoveredSource", reflect.TypeFor[certsource.Discovered]()},
		{"Refresh", "refresh", reflect.TypeFor[certsource.Refresh]()},
		{"Memory", "denyList", reflect.TypeFor[denylist.Memory]()},
	} {
		for _, f := range reflect.VisibleFields(c.core) {
			name := c.name + "." + f.Name
			if !f.IsExported() {
				continue
			}
			if elsewhere[name] != "" {
				used[name] = true
				continue
			}
			require.Contains(t, types[c.member], strings.ToLower(f.Name), "%s is no member of a document", name)
		}
	}
	require.Len(t, used, len(elsewhere), "fields that are gone")
}

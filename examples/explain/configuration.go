package main

import (
	"bytes"
	"fmt"
	"go/format"
	"slices"
	"text/template"

	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// plan is what the template is filled with.
type plan struct {
	discovered
	Client, Entra                              bool   // whether the provider is asked by a client, and whether its UserInfo is Graph's
	Method                                     string // of the client; empty: the default
	Issuer, DiscoveryURL, CA                   string
	Keys, Audience                             []string
	Search                                     string
	Checks                                     []string
	UsesClaims, UsesSource, UsesSecret, UsesOS bool
}

// The secret and the id of the client are never on the command line, and the audience is nothing that a document tells.
var file = template.Must(template.New("configuration").Parse(`package main

import (
	{{if .UsesOS}}"os"

	{{end}}{{if .UsesSource}}"github.com/knownbearer/knownbearer/certsource"
	{{end}}{{if .UsesClaims}}"github.com/knownbearer/knownbearer/claims"
	{{end}}"github.com/knownbearer/knownbearer/oidcauth"
	{{if or .Client .CA}}"github.com/knownbearer/knownbearer/oidcauth/provider"
	{{end}}
)

// newAuthenticator trusts {{.Issuer}}.
func newAuthenticator() (*oidcauth.Authenticator, error) {
	{{if .CA}}authorities, err := os.ReadFile({{.CA}})
	if err != nil {
		return nil, err
	}
	httpClient, err := provider.HTTPClient(provider.Trust{CAs: string(authorities)})
	if err != nil {
		return nil, err
	}
	{{end}}{{range $i, $file := .Keys}}keys{{$i}}, err := os.ReadFile({{$file}})
	if err != nil {
		return nil, err
	}
	{{end}}{{if .Client}}client, err := provider.New(provider.Config{
		Issuer: {{.Issuer}},
		{{if .DiscoveryURL}}DiscoveryURL: {{.DiscoveryURL}},
		{{end}}{{if .CA}}HTTPClient: httpClient,
		{{end}}{{if .UsesSecret}}ClientID: os.Getenv("CLIENT_ID"), // of this service at the provider
		Auth: provider.Auth{ {{if .Method}}Method: provider.{{.Method}}, {{end}}Secret: os.Getenv("CLIENT_SECRET")},
		{{end}}
	})
	if err != nil {
		return nil, err
	}
	{{end}}return oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{ {
		URL: {{.Issuer}},
		{{if .DiscoveryURL}}DiscoveryURL: {{.DiscoveryURL}},
		{{end}}{{if .Audience}}Audience: []string{ {{range .Audience}}{{.}}, {{end}} },
		{{else}}Audience: []string{os.Getenv("API_AUDIENCE")}, // aud of tokens for this API, as registered at the provider
		{{end}}{{if .CA}}HTTPClient: httpClient,
		{{end}}{{if .Keys}}Keys: certsource.Chain({{range $i, $file := .Keys}}certsource.PEM(string(keys{{$i}})), {{end}}certsource.Discovered{}),
		{{end}}{{if .Introspection}}Introspection: oidcauth.Introspection{Client: client}, // opaque tokens
		{{end}}{{if .Revocation}}Revoker: client,
		{{end}}{{if .UserInfo}}{{if .Entra}}// UserInfo of Entra ID is Microsoft Graph's, and refuses this API's tokens.
		{{end}}{{end}}{{if .HasClaims}}Claims: oidcauth.ClaimRules{
			{{if .AsksUserInfo}}UserInfo: client, // claims that the token lacks
			{{end}}{{if .Search}}User: {{.Search}},
			{{end}}{{if .Checks}}Checks: []claims.Check{ {{range .Checks}}{{.}}, {{end}} },
			{{end}}
		},
		{{end}}
	}}})
}
`))

// AsksUserInfo reports whether UserInfo is of use to this API.
func (p plan) AsksUserInfo() bool { return p.UserInfo != "" && !p.Entra }

// HasClaims reports whether anything is configured about claims.
func (p plan) HasClaims() bool { return p.AsksUserInfo() || p.UsesClaims }

// configuration is what the document and the options mean for a service: a file of Go that works as it stands.
func configuration(d discovered, o options) (string, error) {
	p := plan{
		discovered: d, Entra: hints.IsEntra(o.issuer), Issuer: fmt.Sprintf("%q", o.issuer), DiscoveryURL: quoted(o.discoveryURL),
		CA: quoted(o.ca), UsesSecret: d.Introspection != "" || d.Revocation != "", UsesSource: len(o.keys) > 0,
	}
	p.Client = p.UsesSecret || d.UserInfo != "" && !p.Entra
	p.Method = method(d.AuthMethods)
	for _, file := range o.keys {
		p.Keys = append(p.Keys, quoted(file))
	}
	for _, audience := range o.audience {
		p.Audience = append(p.Audience, fmt.Sprintf("%q", audience))
	}
	if o.search != "" {
		p.Search = pathSource(o.search)
	}
	for _, text := range o.checks {
		check, err := parseCheck(text)
		if err != nil {
			return "", err
		}
		p.Checks = append(p.Checks, check.source)
	}
	p.UsesOS = p.CA != "" || len(p.Keys) > 0 || p.UsesSecret || len(p.Audience) == 0
	p.UsesClaims = p.Search != "" || len(p.Checks) > 0
	var b bytes.Buffer
	if err := file.Execute(&b, p); err != nil {
		return "", err
	}
	out, err := format.Source(b.Bytes())
	return string(out), err
}

// method is the first of a secret that the provider takes; where it does not say, the default is right (RFC 8414 section 2).
func method(supported []string) string {
	for _, m := range []struct {
		method provider.AuthMethod
		name   string
	}{{provider.ClientSecretBasic, ""}, {provider.ClientSecretPost, "ClientSecretPost"}, {provider.ClientSecretJWT, "ClientSecretJWT"}} {
		if slices.Contains(supported, string(m.method)) {
			return m.name
		}
	}
	return ""
}

// quoted leaves out what is not set.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("%q", s)
}

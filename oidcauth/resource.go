package oidcauth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// Resource describes this API as a protected resource of OAuth 2.0 (RFC 9728), so that clients find its authorization servers.
// The zero Resource publishes nothing.
type Resource struct {
	// ID is the resource identifier (RFC 9728 section 1.2), such as "https://api.example.com/orders": the URL at which clients
	// reach this API. It has the scheme https, or http on loopback, and neither query nor fragment. It is never taken from a
	// request. Clients that name it as resource (RFC 8707) get tokens with this aud, so it usually is one of [Issuer.Audience].
	ID string
	// AuthorizationServers lists issuer identifiers. If nil, they are the URLs of [Config.Issuers]. An issuer that is not a URL,
	// or that contains the placeholder {tenantid}, is omitted, because clients cannot use it. Tenants are not published.
	AuthorizationServers []string
	// Scopes lists the scopes that clients may request. If nil, the metadata has no scopes_supported.
	Scopes []string
	// Name is the name of this API for the end user.
	Name string
	// Documentation is the URL of a page for developers.
	Documentation string
	// Policy is the URL of a page that says how clients may use the data of this API.
	Policy string
	// TermsOfService is the URL of a page with the terms of service.
	TermsOfService string
	// CertificateBoundTokens says that the TLS connections to this API may use client certificates, so that clients may request
	// tokens that are bound to them (RFC 8705). [ClientCertificate.Form] implies it. The metadata requires DPoP-bound tokens if
	// certificates are not offered, [Config.PublicURL] is set and every Issuer has [Issuer.RequireBoundTokens].
	CertificateBoundTokens bool
}

const wellKnownResource = "/.well-known/oauth-protected-resource"

// location returns the origin and the path of the metadata: the well-known path is inserted between host and path (RFC 9728
// section 3.1). Without an ID there is no origin.
func (r Resource) location() (origin, path string) {
	u, err := url.Parse(r.ID)
	if err != nil || r.ID == "" {
		return "", wellKnownResource
	}
	if path = u.EscapedPath(); path == "/" {
		path = ""
	}
	return u.Scheme + "://" + u.Host, wellKnownResource + path
}

// authorizationServers returns the issuers that clients can get tokens from.
func (c Config) authorizationServers() []string {
	if c.Resource.AuthorizationServers != nil {
		return slices.Clone(c.Resource.AuthorizationServers)
	}
	var out []string
	for _, iss := range c.Issuers {
		if !discovery.Templated(iss.URL) && fetch.CheckURL(iss.URL) == nil && !slices.Contains(out, iss.URL) {
			out = append(out, iss.URL)
		}
	}
	return out
}

func (r Resource) faults() []*ConfigError {
	var out []*ConfigError
	add := func(bad bool, field, problem string, err error) {
		if bad {
			out = append(out, &ConfigError{Field: "Resource." + field, Problem: problem, Err: err})
		}
	}
	if r.ID != "" {
		err := fetch.CheckURL(r.ID)
		add(err != nil, "ID", "is not an https URL", err)
		add(strings.ContainsAny(r.ID, "?{}"), "ID", "has a query or a placeholder", nil)
		add(!isPrintable(r.ID), "ID", "is not printable ASCII, as a challenge needs it", nil)
		u, err := url.Parse(r.ID)
		add(err == nil && !isClean(u.Path), "ID", "has empty, . or .. segments in its path, which a router would remove", nil)
	}
	add(r.ID == "" && r.CertificateBoundTokens, "ID", "is empty, so CertificateBoundTokens publishes nothing", nil)
	other := r.Name + r.Documentation + r.Policy + r.TermsOfService
	add(r.ID == "" && (other != "" || r.Scopes != nil || r.AuthorizationServers != nil), "ID", "is empty, so the other fields publish nothing", nil)
	for _, server := range r.AuthorizationServers {
		err := fetch.CheckURL(server)
		add(err != nil || strings.ContainsAny(server, "?{}"), "AuthorizationServers", "contains an entry that is not the https URL of an issuer (RFC 8414 section 2)", err)
	}
	for _, scope := range r.Scopes {
		add(!isScope(scope), "Scopes", fmt.Sprintf("contains an entry that is not one scope (RFC 6749 section 3.3): %q", scope), nil)
	}
	for field, page := range map[string]string{"Documentation": r.Documentation, "Policy": r.Policy, "TermsOfService": r.TermsOfService} {
		u, err := url.Parse(page)
		add(page != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http"), field, "is not the URL of a page", nil)
	}
	return out
}

// isClean reports whether a router would serve the path without a redirect.
func isClean(p string) bool {
	return p == "" || p == "/" || strings.TrimSuffix(p, "/") == path.Clean(p)
}

// isScope reports whether s is a scope-token (RFC 6749 section 3.3).
func isScope(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= 0x20 || r >= 0x7F || r == '"' || r == '\\' })
}

// metadata is the document of RFC 9728 section 2.
type metadata struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers,omitempty"`
	Scopes               []string `json:"scopes_supported,omitempty"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	ProofAlgorithms      []string `json:"dpop_signing_alg_values_supported,omitempty"`
	DPoPRequired         bool     `json:"dpop_bound_access_tokens_required,omitempty"`
	CertificateBound     bool     `json:"tls_client_certificate_bound_access_tokens,omitempty"`
	Name                 string   `json:"resource_name,omitempty"`
	Documentation        string   `json:"resource_documentation,omitempty"`
	Policy               string   `json:"resource_policy_uri,omitempty"`
	TermsOfService       string   `json:"resource_tos_uri,omitempty"`
}

// publication is the metadata of the resource, and its location. Without a resource, document is nil.
type publication struct {
	url, path string
	document  []byte
}

func (c Config) publication() publication {
	r := c.Resource
	origin, path := r.location()
	bearerMethods := []string{"header"}
	if c.Credentials.Header != "" {
		bearerMethods = []string{} // such a header is not a method of RFC 6750 section 2
	}
	if r.ID == "" {
		return publication{path: path}
	}
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	var proofs []string
	if c.PublicURL != "" {
		proofs = jose.Algorithms()
	}
	certificates := r.CertificateBoundTokens || c.ClientCertificate.Form != ""
	boundOnly := !slices.ContainsFunc(c.Issuers, func(iss Issuer) bool { return !iss.RequireBoundTokens })
	_ = encoder.Encode(metadata{ // strings always have a JSON form
		ProofAlgorithms: proofs, DPoPRequired: proofs != nil && boundOnly && !certificates, CertificateBound: certificates,
		Resource: r.ID, AuthorizationServers: c.authorizationServers(), Scopes: r.Scopes, BearerMethods: bearerMethods,
		Name: r.Name, Documentation: r.Documentation, Policy: r.Policy, TermsOfService: r.TermsOfService,
	})
	return publication{origin + path, path, document.Bytes()}
}

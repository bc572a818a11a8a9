// Package discovery reads provider metadata (OpenID Connect Discovery 1.0, RFC 8414).
//
// A document is one strict JSON object of at most 1 MiB. Its issuer must equal the expected issuer exactly; so may
// its access_token_issuer, in which ADFS names a different issuer of access tokens. An endpoint that is present is a
// URL that may be fetched, over TLS if the document was. An absent endpoint is empty. [Fetch] keeps nothing, and is
// safe for concurrent use.
package discovery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

const maxBytes = 1 << 20

var (
	// ErrIssuer reports metadata of another issuer.
	ErrIssuer = errors.New("discovery: the metadata belong to another issuer")
	// ErrNoKeySet reports that the document was read and has no jwks_uri. Such an issuer signs no tokens.
	ErrNoKeySet = errors.New("discovery: the document names no jwks_uri")
	// ErrMember reports a member that is missing or unusable.
	ErrMember = errors.New("discovery: a member is missing or unusable")
)

// Metadata holds the members of the document that are used.
type Metadata struct {
	Issuer, JWKSURI, UserInfoEndpoint      string
	TokenEndpoint, IntrospectionEndpoint   string
	RevocationEndpoint, EndSessionEndpoint string
	// Aliases are the endpoints for mutual TLS (RFC 8705 section 5), by the names of the members. An unusable one has an empty URL.
	Aliases map[string]string
	// Authorization holds the members about logins.
	Authorization Authorization
	// Unusable names the endpoints other than those of keys and UserInfo that are present but cannot be used.
	Unusable []string
	// AuthMethods lists the client authentication methods of introspection, or else of the token endpoint. It is nil
	// if the document names none.
	AuthMethods []string
	// Date is the time of the answer by the provider's clock. It is zero if the answer has none.
	Date time.Time
}

const tenant = "{tenantid}"

// Templated reports whether an issuer stands for many tenants, as "https://login.microsoftonline.com/{tenantid}/v2.0"
// of Entra ID does.
func Templated(issuer string) bool { return strings.Contains(issuer, tenant) }

// ForTenant replaces the placeholder of a templated issuer with a tenant.
func ForTenant(issuer, id string) string { return strings.ReplaceAll(issuer, tenant, id) }

// URL returns the default URL of an issuer's metadata. For a templated issuer, it is that of the tenant "common".
func URL(issuer string) string {
	return strings.TrimSuffix(ForTenant(issuer, "common"), "/") + "/.well-known/openid-configuration"
}

// OAuthURL returns the URL of an issuer's metadata by RFC 8414 section 3, whose well-known path is between host and
// path. It is empty if the issuer is not a URL.
func OAuthURL(issuer string) string {
	u, err := url.Parse(ForTenant(issuer, "common"))
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/.well-known/oauth-authorization-server" + strings.TrimSuffix(u.EscapedPath(), "/")
}

// Fetch reads the metadata at the URL from, and requires the issuer.
func Fetch(ctx context.Context, c *fetch.Client, from, issuer string) (Metadata, error) {
	return fetch.Observe(ctx, decision.EndpointDiscovery, func(ctx context.Context) (Metadata, error) { return read(ctx, c, from, issuer) })
}

func read(ctx context.Context, c *fetch.Client, from, issuer string) (Metadata, error) {
	resp, err := c.Get(ctx, from, maxBytes, nil)
	if err != nil {
		return Metadata{}, fmt.Errorf("discovery: %w", err)
	}
	doc, err := strictjson.Parse(resp.Body, strictjson.Limits{Bytes: maxBytes})
	if err != nil {
		return Metadata{}, fmt.Errorf("discovery: %w", err)
	}
	m := Metadata{Date: date(resp)}
	if m.Issuer, err = text(doc, "issuer"); err != nil {
		return Metadata{}, err
	}
	if own, _ := text(doc, "access_token_issuer"); m.Issuer != issuer && own != issuer {
		return Metadata{}, fmt.Errorf("%w: %.200q, not %q", ErrIssuer, m.Issuer, issuer)
	}
	if m.JWKSURI, err = endpoint(doc, "jwks_uri", from); err != nil {
		return Metadata{}, err
	}
	if m.UserInfoEndpoint, err = endpoint(doc, "userinfo_endpoint", from); err != nil {
		return Metadata{}, err
	}
	m.readOptional(doc, from)
	return m, nil
}

// readOptional skips what it cannot use, so that an unusual logout page does not affect a caller that needs only
// keys.
func (m *Metadata) readOptional(doc strictjson.Object, from string) {
	for _, e := range [...]struct {
		name string
		to   *string
	}{
		{"token_endpoint", &m.TokenEndpoint},
		{"introspection_endpoint", &m.IntrospectionEndpoint},
		{"revocation_endpoint", &m.RevocationEndpoint},
		{"end_session_endpoint", &m.EndSessionEndpoint},
		{"authorization_endpoint", &m.Authorization.AuthorizationEndpoint},
		{"pushed_authorization_request_endpoint", &m.Authorization.PushedAuthorizationRequestEndpoint},
	} {
		var err error
		if *e.to, err = endpoint(doc, e.name, from); err != nil {
			m.Unusable = append(m.Unusable, e.name)
		}
	}
	m.Authorization.read(doc)
	m.readAliases(doc, from)
	for _, name := range []string{"introspection_endpoint_auth_methods_supported", "token_endpoint_auth_methods_supported"} {
		v, _ := doc.Get(name)
		if methods, ok := v.Texts(); ok {
			m.AuthMethods = methods
			return
		}
	}
}

func (m *Metadata) readAliases(doc strictjson.Object, from string) {
	v, _ := doc.Get("mtls_endpoint_aliases")
	aliases, ok := v.Object()
	if !ok {
		return
	}
	m.Aliases = map[string]string{}
	for _, name := range []string{
		"userinfo_endpoint", "token_endpoint", "introspection_endpoint", "revocation_endpoint", "end_session_endpoint",
		"pushed_authorization_request_endpoint",
	} {
		if aliases.Has(name) {
			m.Aliases[name], _ = endpoint(aliases, name, from)
		}
	}
}

func date(resp *fetch.Response) time.Time {
	when, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return when
}

func text(doc strictjson.Object, name string) (string, error) {
	v, _ := doc.Get(name)
	s, ok := v.Text()
	if !ok {
		return "", fmt.Errorf("%w: %s", ErrMember, name)
	}
	return s, nil
}

// endpoint reads a URL. It accepts plain http, which is for a provider on this machine, only if the document came the
// same way.
func endpoint(doc strictjson.Object, name, from string) (string, error) {
	if !doc.Has(name) {
		return "", nil
	}
	s, err := text(doc, name)
	if err != nil {
		return "", err
	}
	if err := fetch.CheckURL(s); err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrMember, name, err)
	}
	if secure(from) && !secure(s) {
		return "", fmt.Errorf("%w: %s is not https", ErrMember, name)
	}
	return s, nil
}

func secure(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Scheme == "https"
}

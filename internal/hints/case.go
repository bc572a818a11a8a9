package hints

import (
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
)

// Case describes one fault of a refusal. An unknown field is zero. The sender chooses the parts of the token, so a hint may
// repeat only names, and values that reveal nothing about a person.
type Case struct {
	// Reason is the reason of the fault.
	Reason string
	// Now is the time of the decision.
	Now time.Time

	// Request is the shape of the header with the credentials.
	Request Shape
	// Elsewhere says where a request without credentials has a token.
	Elsewhere Elsewhere
	// Token is the shape of a token that could not be parsed.
	Token Shape
	// Header, Claims and Signature describe the parts of the token.
	Header    strictjson.Object
	Claims    strictjson.Object
	Signature Lengths
	// Verified reports that the provider stated the claims: by a signature that is verified, or by introspection.
	Verified bool

	// Issuers lists every configured issuer.
	Issuers []string
	// Tenants lists the trusted tenants of templated issuers. If nil, every tenant is trusted.
	Tenants []string
	// Issuer is the configured issuer of the token.
	Issuer string
	// DiscoveryURL, Audience and ClientIDs are the settings of Issuer.
	DiscoveryURL string
	Audience     []string
	ClientIDs    []string
	// Algorithms lists the configured algorithms. If nil, these are the defaults.
	Algorithms []string
	// HeaderChecks are the conditions on the header of the issuer's tokens.
	HeaderChecks []claims.Check
	// Leeway is the leeway of times.
	Leeway time.Duration

	// Keys describes the sources of keys.
	Keys Keys
	// Stale reports that the keys are too old to be used.
	Stale bool
	// OtherIssuer reports that the discovery document names another issuer.
	OtherIssuer bool

	// Claim is the claim that is missing or wrong. IsUserClaim reports that it is Issuer.Claims.User.
	Claim       string
	IsUserClaim bool
	// Unread is the source that contains the claim but is not read because of Issuer.Claims.UserInfoOnly.
	Unread string
	// UserInfo describes the answer of UserInfo.
	UserInfo UserInfo
	// LogoutToken reports that the token is a logout token.
	LogoutToken bool
	// LoginCase describes a login or a session.
	LoginCase LoginCase
	// Introspected reports that the claims come from introspection.
	Introspected bool
	// Client describes how an endpoint refused this service as a client.
	Client Refusal
	// OwnAudience reports that an introspected JWT contains an aud that names this API.
	OwnAudience bool
	// Revocation describes a revocation that the provider did not make.
	Revocation Revocation
	// TokenRefusal describes how introspection refused to examine the token.
	TokenRefusal Refusal
	// Exchange describes how the provider refused to exchange the token, for the application or for its groups.
	Exchange Exchange
	// Graph describes how Microsoft Graph refused this service.
	Graph Refusal
	// AssertionFile is the path of a client assertion that could not be used.
	AssertionFile string
	// Certificate is the fault of the provider's TLS certificate, as [CertificateFault] returns it.
	Certificate string
	// Endpoint is the field of provider.Config for an endpoint that the provider's metadata does not name.
	Endpoint string
	// Required lists the required scopes.
	Required []string
	// Proof describes the request's proof of possession.
	Proof Proof
	// Authentication describes the authentication of the user and its requirement.
	Authentication Authentication
	// Roles describes the required roles.
	Roles Roles
	// InOtherCase reports that a user has the search value in lower or upper case.
	InOtherCase bool

	aud []string // The values of the token's aud, or nil before the first use.
}

// Keys describes the sources of keys of an issuer.
type Keys struct {
	// Fault is the error of a source that could not be reached.
	Fault string
	// Held lists the labels of the keys in the sources, and Unusable the kids of published keys that cannot be used.
	Held, Unusable []string
	// Local reports that every source is a text or a folder.
	Local bool
	// NotSelected names a source of certificates that was read, and that has no certificate of the configured subject or thumbprint.
	NotSelected string
	// Named reports that the token names a key that was tried.
	Named bool
	// Problem says why no key of a fetched key set can be used, and JWTSVID reports that one has the use of SPIFFE's JWT-SVIDs.
	Problem string
	JWTSVID bool
}

// Lengths is the actual and the expected length of a signature in bytes.
type Lengths struct{ Actual, Expected int }

// Refusal describes how an endpoint refused a client or a token. The zero Refusal means that it did not refuse.
type Refusal struct {
	// Status is the HTTP status.
	Status int
	// Code is the OAuth error code, and Scope the scope that the answer requires.
	Code, Scope string
	// HTML reports that the body is an HTML page.
	HTML bool

	// Assertion is the aud of the client assertion that was sent.
	Assertion string
}

// Revocation describes why a provider did not revoke a token. The zero Revocation means that there was no revocation.
type Revocation struct {
	// StillActive reports that the provider reported success, and still calls the token active.
	StillActive bool
	// Unsupported reports that the provider does not revoke tokens of this type.
	Unsupported bool
}

// UserInfo describes the answer of UserInfo.
type UserInfo struct {
	Configured bool
	// Groups reports that it is asked for groups overage only.
	Groups bool
	// Status is the status of a refusal.
	Status int
	// Code is the OAuth error code of a refusal, and Scope the scope that it requires.
	Code, Scope string
	// HTML reports that the body is an HTML page.
	HTML    bool
	Subject Subject
}

// Subject describes how UserInfo's sub differs from the token's subject claim. The zero Subject means that it does not differ.
type Subject struct {
	// Claim is the token's claim that is compared.
	Claim string
	// Kind and Info are the kinds of the token's value and of UserInfo's sub. A kind is empty if the value is absent.
	Kind, Info string
	// Same is another claim of the token that equals UserInfo's sub.
	Same string
}

func (c *Case) text(claim string) string {
	v, _ := c.Claims.Get(claim)
	s, _ := v.Text()
	return clip(s)
}

func (c *Case) has(claims ...string) bool {
	return !slices.ContainsFunc(claims, func(n string) bool { return !c.Claims.Has(n) })
}

func (c *Case) hasAny(claims ...string) bool { return slices.ContainsFunc(claims, c.Claims.Has) }

// hasAnyValue reports whether one of the claims is present and not null.
func (c *Case) hasAnyValue(claims ...string) bool {
	return slices.ContainsFunc(claims, func(n string) bool {
		v, found := c.Claims.Get(n)
		return found && v.Kind() != strictjson.Null
	})
}

// audience returns the values of the token's aud. It stores them, because many rules read them.
func (c *Case) audience() []string {
	if c.aud != nil {
		return c.aud
	}
	v, _ := c.Claims.Get("aud")
	list, _ := v.Texts()
	c.aud = make([]string, 0, min(len(list), maxValues))
	for _, s := range list[:min(len(list), maxValues)] {
		c.aud = append(c.aud, clip(s))
	}
	return c.aud
}

// client returns the client that requested the token.
func (c *Case) client() string { return clip(tokenclaims.Client(c.Claims)) }

// words returns the words of a claim that is a string or a list of strings.
func (c *Case) words(claim string) []string {
	v, _ := c.Claims.Get(claim)
	list, _ := v.Texts()
	var out []string
	for _, s := range list {
		out = append(out, strings.Fields(s)...)
	}
	return out
}

func (c *Case) scopes() []string { return tokenclaims.Scopes(c.Claims) }

const (
	maxText   = 200
	maxValues = 10
)

func clip(s string) string { return record.Clip(s, maxText) }

// join joins texts for the operator. The texts and their number are bounded.
func join(list []string) string { return strings.Join(list, " ") }

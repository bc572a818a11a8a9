package provider

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
)

var (
	// ErrNoEndpoint reports an endpoint that neither the Config nor the issuer's metadata names.
	ErrNoEndpoint = errors.New("provider: the issuer names no such endpoint")
	// ErrNoIssuer reports a Config with neither Issuer nor the URL of an endpoint, or without the Issuer that it needs.
	ErrNoIssuer = errors.New("provider: neither Issuer nor the URL of an endpoint is set")
	// ErrNoClient reports a Config without the ClientID that it, or the call, needs.
	ErrNoClient = errors.New("provider: ClientID is not set")
	// ErrNoToken reports an empty token.
	ErrNoToken = errors.New("provider: no token")
	// ErrToken reports a token that cannot be one: it is beyond 64 KiB (16 KiB for UserInfo), or not of visible ASCII.
	ErrToken = errors.New("provider: not a token")
)

// Config says where the provider is, and who asks it.
type Config struct {
	Issuer       string           // required, unless the URL of an endpoint is set and its answers are not signed
	DiscoveryURL string           // default: of Issuer, by OpenID Connect Discovery 1.0 section 4, and by RFC 8414 section 3
	HTTPClient   *http.Client     // as oidcauth.Issuer.HTTPClient says; may hold a certificate for mutual TLS; nil: one with timeouts
	Now          func() time.Time // default: time.Now

	// The endpoints. An empty one is discovered when it is first needed.
	UserInfoURL, IntrospectionURL, RevocationURL, EndSessionURL, TokenURL string

	ClientID string // of this service at the provider; required by all but UserInfo and the end of a session
	Auth     Auth   // how the client proves who it is

	// Of signed answers: the keys that verify them (default certsource.Discovered), the algorithms (default: RS, PS and
	// ES 256, 384 and 512, and EdDSA), and to whom they may be addressed, beside ClientID: UserInfo may name the client
	// that logged the user in. In an oidcauth.Issuer, the defaults are the Issuer's own Keys and Algorithms.
	Keys       certsource.Source
	Algorithms []string
	SignedFor  []string

	// UserInfoTypes are further values of the header typ of a signed UserInfo, where a product writes one of its own. Without
	// them it has none, or JWT, userinfo+jwt or token-userinfo+jwt (Glewlwyd). Those of other tokens, such as at+jwt, are refused.
	UserInfoTypes []string
	// InsecureAnySignedUserInfo takes for UserInfo every JWT of such a typ that the issuer's keys verify, whose iss, if there,
	// and times are good: also an answer for another client, an ID token and an access token. Only sub then ties it to the
	// question. See [Client.UserInfo] for what is refused without it.
	InsecureAnySignedUserInfo bool

	RequireSignedUserInfo      bool // JSON that nobody signed is refused
	RequireSignedIntrospection bool // likewise, and a signed answer is asked for (RFC 9701)

	PostLogoutRedirectURI string // where the end of a session leads; empty: nowhere
	Concurrency           int    // of calls to UserInfo, and of calls to introspection; as many again wait; default 64
}

// validate returns every fault, joined.
func (c Config) validate() error {
	var faults []error
	anyURL := false
	for _, e := range [...]struct{ field, url string }{
		{"DiscoveryURL", c.DiscoveryURL},
		{"UserInfoURL", c.UserInfoURL},
		{"IntrospectionURL", c.IntrospectionURL},
		{"RevocationURL", c.RevocationURL},
		{"EndSessionURL", c.EndSessionURL},
		{"TokenURL", c.TokenURL},
	} {
		if e.url == "" {
			continue
		}
		anyURL = anyURL || e.field != "DiscoveryURL"
		if err := fetch.CheckURL(e.url); err != nil {
			faults = append(faults, fmt.Errorf("provider: %s: %w", e.field, err))
		}
	}
	if c.HTTPClient != nil && guard.IsNil(c.HTTPClient.Transport) {
		faults = append(faults, errors.New("provider: HTTPClient has a nil pointer or function as its Transport"))
	}
	signed := c.RequireSignedUserInfo || c.RequireSignedIntrospection || c.Keys != nil
	if c.Issuer == "" && (!anyURL || signed) {
		faults = append(faults, ErrNoIssuer)
	}
	addressed := c.RequireSignedIntrospection || signed && !c.InsecureAnySignedUserInfo
	if addressed && c.ClientID == "" && len(c.SignedFor) == 0 {
		faults = append(faults, fmt.Errorf("%w, and nobody knows to whom signed answers are addressed", ErrNoClient))
	}
	for _, alg := range c.Algorithms {
		if !jose.Allowed(alg) {
			faults = append(faults, fmt.Errorf("provider: Algorithms holds %q, which is never accepted", alg))
		}
	}
	for _, typ := range c.UserInfoTypes {
		if typ == "" || slices.Contains(otherTypes, plainType(typ)) {
			faults = append(faults, fmt.Errorf("provider: UserInfoTypes holds %q, which is not UserInfo's", typ))
		}
	}
	if c.PostLogoutRedirectURI != "" {
		if err := checkRedirectURI(c.PostLogoutRedirectURI); err != nil {
			faults = append(faults, fmt.Errorf("provider: PostLogoutRedirectURI: %w", err))
		}
	}
	if err := c.Auth.validate(c.ClientID); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

var errRedirectURI = errors.New("not an absolute URI without fragment")

// checkRedirectURI allows the schemes of native applications too.
func checkRedirectURI(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || !u.IsAbs() || u.Fragment != "" || u.User != nil {
		return errRedirectURI // the cause repeats the URI, query and all
	}
	return nil
}

package provider

import (
	"context"
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
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

var (
	// ErrNoEndpoint reports an endpoint that neither the [Config] nor the issuer's metadata names.
	ErrNoEndpoint = errors.New("provider: the issuer's metadata does not name this endpoint")
	// ErrNoIssuer reports a [Config] with neither Issuer nor the URL of an endpoint, or without the Issuer that
	// signed answers require.
	ErrNoIssuer = errors.New("provider: Issuer is not set: it is required, unless the URL of an endpoint is set and no answer must be signed")
	// ErrNoClient reports that the ClientID is missing that the [Config] or the call requires.
	ErrNoClient = errors.New("provider: ClientID is not set")
	// ErrNoToken reports an empty token.
	ErrNoToken = errors.New("provider: the token is empty")
	// ErrToken reports a string that cannot be a token: it is longer than 64 KiB (16 KiB for UserInfo) or contains
	// bytes other than visible ASCII.
	ErrToken = errors.New("provider: the token is too long, or contains bytes other than visible ASCII")
)

// Config describes the provider, and the client that calls it. Issuer or the URL of an endpoint is required.
type Config struct {
	// Issuer is the issuer identifier. It is required, unless the URL of an endpoint is set and no answer needs to be
	// signed.
	Issuer string
	// DiscoveryURL is the URL of the metadata. If empty, it is derived from Issuer, by OpenID Connect Discovery 1.0
	// section 4 and by RFC 8414 section 3.
	DiscoveryURL string
	// HTTPClient sends the requests, as oidcauth.Issuer.HTTPClient says. It may hold a certificate for mutual TLS. If
	// nil, a client with timeouts is used.
	HTTPClient *http.Client
	// Now is the clock. If nil, it is time.Now.
	Now func() time.Time
	// OnEvent is called when a call to the provider ends, with an event of the kind decision.Fetched. It may be the function of
	// oidcauth.Config.OnEvent: calls that an oidcauth.Authenticator makes are told there only. Calls of OnEvent may overlap, and
	// a panic in one is logged to slog.Default().
	OnEvent func(context.Context, decision.Event)

	// The URLs of the endpoints. An empty one is discovered when it is first needed.
	UserInfoURL, IntrospectionURL, RevocationURL, EndSessionURL, TokenURL string
	AuthorizationURL, PushedAuthorizationRequestURL                       string

	// ClientID identifies this service at the provider. All calls need it, except UserInfo, Metadata and EndSessionURL.
	ClientID string
	// Auth holds the credentials of the client.
	Auth Auth
	// DPoP makes the proofs for the token endpoint, so that the tokens of [Client.ClientCredentials], [Client.AuthorizationCode],
	// [Client.Refresh] and [Client.Exchange] are bound to its key (RFC 9449 section 5). An answer with a token of another type is then an error. If the
	// provider demands a nonce, the request is sent once more with it. [Prover.Transport] sends such tokens. If nil, tokens are not
	// bound to a key.
	DPoP *Prover
	// MTLSEndpointAliases uses the endpoints that the metadata names in mtls_endpoint_aliases (RFC 8705 section 5), where it names them.
	// HTTPClient must then have a client certificate. Tokens that the provider binds to the certificate are sent with the same
	// HTTPClient.
	MTLSEndpointAliases bool

	// Keys, Algorithms and SignedFor apply to signed answers. Keys verify them; if nil, they are those of
	// certsource.Discovered. Algorithms lists the accepted algorithms; if empty, these are RS, PS and ES with 256,
	// 384 and 512, and EdDSA. SignedFor lists accepted audiences besides ClientID: UserInfo may name the client that
	// logged the user in. In an oidcauth.Issuer, Keys and Algorithms default to those of the Issuer.
	Keys       certsource.Source
	Algorithms []string
	SignedFor  []string

	// UserInfoTypes lists further accepted values of the header typ of a signed UserInfo, for products with a value
	// of their own. Always accepted are no typ, JWT, userinfo+jwt and token-userinfo+jwt (Glewlwyd). A type of
	// another token, such as at+jwt, is an error.
	UserInfoTypes []string
	// InsecureAnySignedUserInfo accepts as UserInfo every JWT of such a typ if the issuer's keys verify it and its
	// iss, if present, and times are valid. That includes an answer for another client, an ID token and an access
	// token. Only sub then relates it to the question. [Client.UserInfo] lists what is refused otherwise.
	InsecureAnySignedUserInfo bool

	// RequireSignedUserInfo refuses a UserInfo answer that is not signed.
	RequireSignedUserInfo bool
	// RequireSignedIntrospection requests signed answers of introspection (RFC 9701), and refuses others.
	RequireSignedIntrospection bool

	// PostLogoutRedirectURI is where the provider sends the browser after [Client.EndSessionURL]. If empty, there is
	// no redirect.
	PostLogoutRedirectURI string
	// Concurrency limits the calls to UserInfo that run at the same time, and separately those to introspection, the exchanges of
	// tokens, the pushed authorization requests, and the requests with codes and with refresh tokens. As many again may wait. If 0, it is 64.
	Concurrency int
}

// validate returns every fault, joined.
func (c Config) validate() error {
	var faults []error
	fault := func(field, problem string, cause error) { faults = append(faults, &ConfigError{field, problem, cause}) }
	anyURL := false
	for _, e := range [...]struct{ field, url string }{
		{"DiscoveryURL", c.DiscoveryURL},
		{"UserInfoURL", c.UserInfoURL},
		{"IntrospectionURL", c.IntrospectionURL},
		{"RevocationURL", c.RevocationURL},
		{"EndSessionURL", c.EndSessionURL},
		{"TokenURL", c.TokenURL},
		{"AuthorizationURL", c.AuthorizationURL},
		{"PushedAuthorizationRequestURL", c.PushedAuthorizationRequestURL},
	} {
		if e.url == "" {
			continue
		}
		anyURL = anyURL || e.field != "DiscoveryURL"
		if err := fetch.CheckURL(e.url); err != nil {
			fault(e.field, "cannot be called", err)
		}
	}
	if c.HTTPClient != nil && guard.IsNil(c.HTTPClient.Transport) {
		fault("HTTPClient", "has a nil pointer or function as its Transport", nil)
	}
	signed := c.RequireSignedUserInfo || c.RequireSignedIntrospection || c.Keys != nil
	if c.Issuer == "" && (!anyURL || signed) {
		fault("Issuer", "is not set: it is required, unless the URL of an endpoint is set and no answer must be signed", ErrNoIssuer)
	}
	addressed := c.RequireSignedIntrospection || signed && !c.InsecureAnySignedUserInfo
	if addressed && c.ClientID == "" && len(c.SignedFor) == 0 {
		fault("ClientID", "is not set, and SignedFor is empty: one of them must name the audience of signed answers", ErrNoClient)
	}
	for _, alg := range c.Algorithms {
		if !jose.Allowed(alg) {
			fault("Algorithms", fmt.Sprintf("contains %q, which is not a supported algorithm", alg), nil)
		}
	}
	for _, typ := range c.UserInfoTypes {
		if typ == "" || slices.Contains(otherTypes, plainType(typ)) {
			fault("UserInfoTypes", fmt.Sprintf("contains %q, which is not a type of UserInfo", typ), nil)
		}
	}
	if c.PostLogoutRedirectURI != "" {
		if err := checkRedirectURI(c.PostLogoutRedirectURI); err != nil {
			fault("PostLogoutRedirectURI", "cannot be used", err)
		}
	}
	if err := c.Auth.validate(c.ClientID); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

var errRedirectURI = errors.New("not an absolute URI without fragment")

// checkRedirectURI also accepts the private schemes of native applications.
func checkRedirectURI(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || !u.IsAbs() || u.Fragment != "" || u.User != nil {
		return errRedirectURI // The cause repeats the URI together with its query.
	}
	return nil
}

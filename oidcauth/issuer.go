package oidcauth

import (
	"net/http"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/usermap"
)

// Issuer is one identity provider, with the rules for its tokens. URL and Audience are required.
//
// A *provider.Client in Claims.UserInfo, Introspection.Client or Revoker inherits Keys, Algorithms, HTTPClient and DiscoveryURL
// from the Issuer, and Now from the Config, if its own configuration does not set them (see [provider.Client.Inherit]). A type
// that wraps or embeds a client inherits nothing.
//
// A login of package login uses the Issuer too. These settings apply to its ID token: URL, Tenants, Algorithms, Keys, Leeway, Users and
// Claims. Audience, ClientIDs, AccessTokenTypes, RequireBoundTokens and Introspection.JWTs do not apply: aud must contain the client of the login, and
// azp must be this client if it is present. Introspection.Client and Claims.UserInfo identify the user of a login without openid. If several
// Issuers have the URL, the login uses the one whose ClientIDs, LogoutAudience or Audience contains its client.
type Issuer struct {
	// URL is the issuer. The token's iss must equal it exactly. It need not be a URL: "urn:STS/identity" is an example. It may
	// contain the placeholder {tenantid}, as in Entra ID's "https://login.microsoftonline.com/{tenantid}/v2.0". The token's tid
	// replaces the placeholder before the comparison.
	URL string
	// Tenants are the trusted values of {tenantid} in URL. If nil, every tenant is trusted, and New logs a warning.
	Tenants []string
	// DiscoveryURL is the URL of the discovery document. The default is URL + "/.well-known/openid-configuration", where "common"
	// replaces {tenantid}.
	DiscoveryURL string
	// Audience contains the identifiers of this service. The token's aud must contain one of them (RFC 9068 section 4). It is
	// required, unless ClientIDInsteadOfAudience, HeaderChecksInsteadOfAudience or InsecureSkipAudience is set.
	Audience []string
	// ClientIDs are the clients whose tokens are accepted. They are compared with azp, client_id, cid and appid. If nil, tokens of
	// every client are accepted.
	ClientIDs []string
	// Algorithms are the accepted signature algorithms. If nil, they are RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384,
	// ES512 and EdDSA, also called Ed25519 (RFC 9864). New refuses any other algorithm.
	Algorithms []string
	// AccessTokenTypes are additional values of token_type, token_use, tokenType and typ that name an access token, in tokens and
	// in answers of introspection. They are compared exactly. Bearer, access, access_token, JWT, at+jwt and similar values need
	// no entry. A token with any other value is refused. A value that names a refresh token or an ID token is a [ConfigError].
	AccessTokenTypes []string
	// Keys verify the tokens. If nil, they are discovered ([certsource.Discovered]).
	Keys certsource.Source
	// HTTPClient sends the requests to this provider. If nil, it is the Config's. It is never modified. Its Transport is used. Its
	// Timeout is used if it is shorter than 5 s. A request follows at most 3 redirects within the origin, and no redirect if it
	// has credentials. Its CheckRedirect may refuse further redirects. Its Jar is not used, so no cookies are sent. The context of
	// a request to the provider has the values of the context of the incoming request, such as its trace. If several incoming
	// requests share a request to the provider, it has the values of the first one. A background refresh of keys has no such
	// values.
	HTTPClient *http.Client
	// Leeway is the tolerance for exp and nbf. The default is 60 s, and the maximum is 10 min. Exactly(0) means no tolerance.
	Leeway Span

	// Users finds the local user of a token of this issuer. If nil, it is Config.Users.
	Users usermap.Finder
	// Claims configures the claims that a token must have.
	Claims ClaimRules
	// Introspection configures the verification of opaque tokens.
	Introspection Introspection

	// Revoker revokes tokens at the provider for [Authenticator.Revoke]. If nil, only this service refuses a revoked token. A
	// provider revokes only tokens that it issued to the client of the Revoker. For a token of another client it may answer 200
	// and not revoke the token (RFC 7009 section 2.2).
	Revoker claims.Revoker
	// ConfirmRevocation introspects a token after each revocation, without the cache. If the token is still active, Revoke returns
	// a [NotRevokedError]. It needs Revoker and Introspection.Client.
	ConfirmRevocation bool
	// LogoutAudience contains the client ids to which the provider addresses logout tokens. If nil, logout tokens are refused.
	LogoutAudience []string

	// JWTSVID accepts the JWT-SVIDs of a trust domain (SPIFFE JWT-SVID). URL is the trust domain, such as "spiffe://example.org".
	// A token without iss is then one of this Issuer if its sub is in the trust domain. A token with an iss still needs the iss
	// URL, so its sub alone decides nothing. The sub must be the SPIFFE ID of a workload in the trust domain, the header typ must be
	// JWT, JOSE or absent, and the token must have an aud. [Identity.Issuer] is the trust domain. It needs Keys, such as a
	// [certsource.JWKS] of the trust domain's bundle. It cannot be combined with Introspection or with a setting that
	// accepts tokens without aud.
	JWTSVID bool
	// HeaderChecks are conditions on the members of the token's header (RFC 7515 section 4), for products that write them there, such
	// as the signer of an AWS load balancer. A path of these checks is that of a header member. A token must satisfy all of
	// them, before its keys are fetched. They cannot be combined with Introspection, because an opaque token has no header.
	HeaderChecks []claims.Check
	// HeaderChecksInsteadOfAudience accepts a token without aud, because HeaderChecks compare the header members that say for which
	// service the token is. If a token has an aud, its aud must still contain one of Audience. It needs HeaderChecks.
	HeaderChecksInsteadOfAudience bool
	// PaddedTokens requires the padding of base64url in every part of a token, which RFC 7515 section 2 forbids and AWS load balancers
	// write. Tokens of this issuer without padding are refused, so that a token has one spelling. If false, tokens with padding are
	// refused. It cannot be combined with Introspection.
	PaddedTokens bool
	// ClientIDInsteadOfAudience accepts a token without aud if ClientIDs contains its client. Amazon Cognito issues such
	// tokens. If a token has an aud, its aud must still contain one of Audience.
	ClientIDInsteadOfAudience bool
	// RequireBoundTokens refuses tokens that are not bound to a key. If false, only a token that is bound to a key needs a
	// proof of possession.
	RequireBoundTokens bool

	// InsecureIDTokenAsAccessToken accepts ID tokens. Set it only for a product that issues one JWT as ID token and as access
	// token.
	InsecureIDTokenAsAccessToken bool
	// InsecureSkipIDTokenCheck accepts a token that looks like an ID token, if UserInfo accepts it as an access token (OpenID Connect
	// Core section 5.3.1). UserInfo is requested for each token of the issuer. All checks of an access token remain: signature,
	// issuer, audience, time and type. It needs Claims.UserInfo.
	InsecureSkipIDTokenCheck bool
	// InsecureSkipAudience accepts tokens that were issued for other services. Set it only if the issuer serves this one service.
	InsecureSkipAudience bool
	// InsecureIgnoreConfirmation accepts a key-bound token (cnf, RFC 7800) as a plain bearer token. An attacker who has stolen the
	// token can then use it.
	InsecureIgnoreConfirmation bool
}

// ClaimRules configure the claims that a token must have, and their use.
type ClaimRules struct {
	// User is the claim that identifies the user in the user store. The default is sub if there is a user store, and no claim
	// otherwise. A token whose User, Name or Tenant is missing, empty or not a string is refused.
	User claims.Path
	// Name is the claim with the user name for audit records; see [Identity.Name]. If zero, no claim is used.
	Name claims.Path
	// Tenant is the claim that identifies the tenant. The user lookup gets its value in addition to the value of User. The default
	// is tid if URL contains {tenantid}. Otherwise no claim is used.
	Tenant claims.Path
	// Required lists further claims that a token must have, such as the claims that handlers read. They may have any value except
	// null.
	Required []claims.Path
	// Checks are conditions on the values of claims. A token must satisfy all of them. UserInfo is requested if they read a claim
	// that the token lacks.
	Checks []claims.Check
	// Roles configures [Identity.Roles].
	Roles RoleRules
	// UserInfo fetches claims that a token lacks (OpenID Connect Core section 5.3). If nil, claims come from the token only.
	UserInfo claims.Fetcher
	// UserInfoOnly requests UserInfo for each token, and takes all claims of the Identity from its answer. If false, the claims
	// come from the token, and UserInfo is requested only if the token lacks a needed claim. It needs UserInfo.
	UserInfoOnly bool
	// UserInfoSubject is the claim of the token that must equal the sub of UserInfo's answer, exactly and as a string. The default
	// is sub. Set it for products whose access tokens contain the user's subject in another claim (Okta: uid). For an opaque token
	// it is a claim of introspection's answer, such as username if the answer has no sub (RFC 7662 section 2.2).
	UserInfoSubject claims.Path
	// ACR is the claim that states the authentication context, for [Authenticator.RequireAuthentication]. Each element of a list
	// counts. The default is acr (RFC 9470 section 6). Entra ID's authentication contexts are in acrs.
	ACR claims.Path
	// AuthTime is the claim that states when the user authenticated, as a NumericDate. The default is auth_time.
	AuthTime claims.Path
	// AuthAge replaces AuthTime. It is the claim that states how many minutes before iat the user authenticated. A negative number
	// means that the user did not authenticate. Clerk's fva states the first factor at claims.Pointer("/fva/0"), and the second at
	// "/fva/1".
	AuthAge claims.Path
}

// Introspection configures the verification of opaque tokens, which are tokens that are not JWTs. The zero Introspection refuses
// them.
type Introspection struct {
	// Client introspects a token at the provider (RFC 7662). [provider.Client] implements it.
	Client claims.Introspector
	// MaxAge is how long an answer is cached, at most until the token's exp. For this time, a token that the provider has revoked
	// is still accepted. The default is 60 s, and the maximum is 10 min. With Exactly(0), every request introspects its token.
	MaxAge Span
	// Owns reports whether this issuer issued the token. If nil, every token that is not a JWT is this issuer's. It is required if
	// two issuers accept opaque tokens, because a token must be sent only to the provider that issued it. It is also called with a
	// JWT of an issuer that is not configured, but never with a malformed JWT.
	Owns func(token string) bool
	// JWTs introspects this issuer's JWTs too, instead of verifying them. Set it if the provider publishes no keys, or if a token
	// that the provider revokes must be refused within MaxAge. It needs Client or InsecureByUserInfo.
	JWTs bool
	// AudienceOfJWT reads the audience from an introspected JWT itself if introspection's answer has no aud. The JWT's signature
	// must then verify with Keys, for each request. It needs JWTs.
	AudienceOfJWT bool
	// RequireTokenType refuses an answer of introspection that does not state the token's type, in token_type, token_use,
	// tokenType or typ. Set it if the provider also calls refresh tokens active, and states the type of access tokens only. If
	// false, such an answer is refused if the audience is not compared, or if another answer of the issuer has stated a type
	// since the process started.
	RequireTokenType bool

	// InsecureWithoutAudience accepts a token if introspection's answer has no aud. The token may then have been issued for
	// another service, if the provider lets this service introspect it. The answer must state that the token is an access token.
	InsecureWithoutAudience bool
	// InsecureWithoutTokenType accepts an active token if introspection's answer does not state that it is an access token. Set it
	// only if the provider never calls a refresh token or an ID token active.
	InsecureWithoutTokenType bool
	// InsecureByUserInfo accepts an opaque token if UserInfo accepts it, without introspection. Tokens of every client of the
	// provider are then accepted, because UserInfo does not state for which service a token was issued. The tokens have no scopes,
	// because UserInfo does not state any.
	//
	// If JWTs is set, UserInfo decides about JWTs too, and no signature is verified. The type, the time and the aud of a JWT are
	// still checked, and its subject ([ClaimRules.UserInfoSubject]) must equal the sub of UserInfo. A JWT without aud is accepted.
	InsecureByUserInfo bool
}

package oidcauth

import (
	"net/http"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/usermap"
)

// Issuer is one identity provider, and the rules for its tokens. URL is required, and so is Audience unless a field says
// otherwise.
//
// A *provider.Client in Claims.UserInfo, Introspection.Client or Revoker takes Keys, Algorithms, HTTPClient and DiscoveryURL
// from the Issuer, and Now from the Config, where its own configuration leaves them unset (see [provider.Client.Inherit]). A
// type that wraps or embeds a client takes nothing.
type Issuer struct {
	// URL is compared exactly with the token's iss. It is an opaque string, such as "urn:STS/identity". It may hold the
	// placeholder {tenantid}, as Entra ID's "https://login.microsoftonline.com/{tenantid}/v2.0" does: the token's tid is put
	// there before the comparison.
	URL string
	// Tenants are the only ones that a URL with {tenantid} stands for. If nil, every tenant is trusted, and New logs a warning.
	Tenants []string
	// DiscoveryURL is where the discovery document is. The default is URL + "/.well-known/openid-configuration", with "common"
	// for {tenantid}.
	DiscoveryURL string
	// Audience lists this service's names. The token's aud must hold one of them (RFC 9068 section 4). It is required.
	Audience []string
	// ClientIDs are the clients that may have asked for the token, compared with azp, client_id, cid and appid. If nil, any
	// client may have.
	ClientIDs []string
	// Algorithms are those that a signature may have. If nil, they are RS, PS and ES with 256, 384 and 512, and EdDSA, also called
	// Ed25519 (RFC 9864). No other algorithm is possible.
	Algorithms []string
	// AccessTokenTypes are further values of token_type, token_use, tokenType and typ that name an access token, in tokens and
	// in introspection's answers. They are compared exactly. Bearer, access, access_token, JWT, at+jwt and similar values are
	// known. A token that names any other kind is refused. A value that names a refresh token or an ID token is a [ConfigError].
	AccessTokenTypes []string
	// Keys verify the tokens. If nil, they are discovered ([certsource.Discovered]).
	Keys certsource.Source
	// HTTPClient is used for this provider alone, and is never changed. If nil, it is the Config's. Its Transport is used as it
	// is, and its Timeout up to 5 s, which is the longest that a request may take. Its CheckRedirect may refuse a redirect that
	// would be followed: there are at most 3, within the origin, and none with credentials. Its Jar is not used, since no cookies
	// are sent.
	HTTPClient *http.Client
	// Leeway is the tolerance for exp and nbf. The default is 60 s; Exactly(0) is none; the most is 10 min.
	Leeway Span

	// Users finds the local user of a token of this issuer. If nil, it is Config.Users.
	Users usermap.Finder
	// Claims says which claims a token must have.
	Claims ClaimRules
	// Introspection says how opaque tokens are verified.
	Introspection Introspection

	// Revoker revokes tokens at the provider for [Authenticator.Revoke]. If nil, tokens are refused here only. A provider revokes
	// tokens of the client that asks, and may answer 200 and do nothing for others (RFC 7009 section 2.2).
	Revoker claims.Revoker
	// ConfirmRevocation asks Introspection.Client after each revocation, past its cache, whether the token is still active.
	// Revoke returns a [NotRevokedError] if it is. It needs Revoker and Introspection.Client.
	ConfirmRevocation bool
	// LogoutAudience are the client ids that the provider sends logout tokens to. If nil, logout tokens are refused.
	LogoutAudience []string

	// ClientIDInsteadOfAudience accepts a token without aud, as Amazon Cognito issues them, if ClientIDs names its client. A
	// token that has an aud is judged by Audience all the same.
	ClientIDInsteadOfAudience bool
	// InsecureIDTokenAsAccessToken accepts ID tokens, for products that issue one JWT as both.
	InsecureIDTokenAsAccessToken bool
	// InsecureSkipAudience accepts tokens that were issued for other services. Never set it where the issuer serves more than
	// this one service.
	InsecureSkipAudience bool
	// InsecureIgnoreConfirmation accepts a key-bound token (cnf, RFC 7800) as a plain bearer token, also from a thief.
	InsecureIgnoreConfirmation bool
}

// ClaimRules say which claims a token must have, and what for.
type ClaimRules struct {
	// User is the claim that finds the user. The default is sub.
	User claims.Path
	// Name is the user name for audit records. If zero, it is the found user's name, else the subject.
	Name claims.Path
	// Tenant is the claim that the user lookup gets beside User. The default is tid if URL holds {tenantid}, else there is none.
	Tenant claims.Path
	// Required are further claims that the handlers cannot do without.
	Required []claims.Path
	// Checks must all pass. UserInfo is asked for the claims that they read and the token lacks.
	Checks []claims.Check
	// UserInfo has the claims that a token lacks (OpenID Connect Core section 5.3). If nil, claims come from the token only.
	UserInfo claims.Fetcher
	// UserInfoOnly asks UserInfo for each token, and reads no claim from the token. If false, the token is read first, and UserInfo
	// is asked only if the token lacks a claim that is needed. It needs UserInfo.
	UserInfoOnly bool
	// UserInfoSubject is the claim of the token that UserInfo's sub must equal, exactly and as a string. The default is sub.
	// UserInfo names the sub of the ID token, which some products put into another claim of the access token (Okta: uid). Of an
	// opaque token it is a claim of introspection's answer, such as username if that has no sub (RFC 7662 section 2.2).
	UserInfoSubject claims.Path
}

// Introspection says how tokens are judged that are not JWTs (opaque tokens). The zero Introspection refuses them.
type Introspection struct {
	// Client asks the provider about a token (RFC 7662). A *provider.Client is one.
	Client claims.Introspector
	// MaxAge is how long an answer is kept, which is never beyond the token's exp. A token that the provider revokes is accepted
	// for that long. The default is 60 s; Exactly(0) asks for each request; the most is 10 min.
	MaxAge Span
	// Owns reports whether a token that is no JWT of a configured issuer is this issuer's. If nil, every token that is no JWT is.
	// It is required if two issuers take opaque tokens, since a token is shown only to the provider that issued it. It is not
	// called with a token that looks like a JWT and is malformed.
	Owns func(token string) bool
	// JWTs asks about this issuer's JWTs too, instead of verifying them: for keys that are not published, and if a revoked token
	// must be refused within MaxAge.
	JWTs bool
	// AudienceOfJWT takes the audience of a JWT from its own aud if introspection names none, and if its signature verifies by
	// Keys as well. The signature is verified for each request. It needs JWTs.
	AudienceOfJWT bool
	// RequireTokenType refuses every answer that does not say that the token is an access token, by token_type, token_use,
	// tokenType or typ. Some providers call refresh tokens active too, and say of access tokens only what they are. Without it,
	// such an answer is refused if no aud is compared with Audience, and once another accepted answer has said it. That is
	// remembered in memory until the process ends.
	RequireTokenType bool

	// InsecureWithoutAudience accepts tokens of which introspection names no aud. Then only the provider's choice of who may
	// introspect a token bounds whom it was issued for. The answer must say that the token is an access token.
	InsecureWithoutAudience bool
	// InsecureWithoutTokenType accepts what introspection calls active without saying that it is an access token. Set it only
	// if the provider calls no refresh token and no ID token active.
	InsecureWithoutTokenType bool
	// InsecureByUserInfo accepts opaque tokens that UserInfo accepts, without introspection. It accepts those of every client of
	// the provider, since UserInfo does not say whom a token was issued for. They have no scopes, since UserInfo does not say
	// what was granted.
	InsecureByUserInfo bool
}

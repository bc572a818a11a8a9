package settings

import "github.com/knownbearer/knownbearer/claims"

// document is a whole document. The comments of its members, and of those of the other types, are the descriptions in the JSON Schema
// and in the tables of the README. These tags of a member have a meaning:
//
//	default  its value if it is left out
//	else     its default in words, if that depends on other values
//	need     it must be there
//	enum     its values
//	min      the least number, or "negative" for a time that may be less than zero
//	only     the only value
//	oneOf    on a blank field: a value of the type has exactly one member
type document struct {
	// The URL or path of the JSON Schema, for an editor. It is not read.
	Schema string `json:"$schema"`
	// The identity providers by name.
	Providers map[string]provider `json:"providers" need:"true"`
	// The applications by name. Each one uses a provider, and overrides its members. A provider that no application uses is itself an application.
	Applications map[string]application `json:"applications"`
	// The name of the application that judges a token of its provider if the token's aud names no application.
	Default string `json:"default"`
	// The user store, for providers and applications without a user store of their own. Without a user store, no user is looked up.
	Users *users `json:"users"`
	// How the servers of all providers are recognised.
	Trust *trust `json:"trust"`
	// The cache of verified tokens.
	Cache cache `json:"cache"`
	// How often the token of an open connection is verified again.
	WatchInterval duration `json:"watchInterval" default:"\"30s\""`
	// Whether decisions and logs contain the values of personal claims.
	ShowClaimValues bool `json:"showClaimValues" default:"false"`
	// Where log records are written. Without it, they go to the logger of the program.
	Logger *logger `json:"logger"`
	// The records of the logger.
	Log logRules `json:"log"`
	// Where the token of a request is read. By default it is the header Authorization.
	Credentials credentials `json:"credentials"`
	// The list of revoked tokens and ended sessions.
	Revocation revocation `json:"revocation"`
	// The answers to refused requests.
	Response response `json:"response"`
	// The URL below which clients reach this service. DPoP proofs name it. Without it, no proof is accepted.
	PublicURL string `json:"publicURL"`
	// Proofs of possession (RFC 9449).
	DPoP dpopRules `json:"dpop"`
	// Where the client's certificate is found, for certificate-bound tokens (RFC 8705). By default it is that of the TLS connection.
	ClientCertificate *clientCertificate `json:"clientCertificate"`
	// The description of this API for clients (RFC 9728).
	Resource *resource `json:"resource"`
	// The login of users with a browser, at the providers. Without it, users do not sign in here.
	Login *signIn `json:"login"`
	// A file with another document, to try it: it judges the same requests and changes nothing. The log and the metrics say where it would
	// decide otherwise. It has no shadow itself.
	Shadow string `json:"shadow"`
}

// provider is one identity provider.
type provider struct {
	// The name of a preset, which sets the other members for a product.
	Preset string `json:"preset"`
	// The parameters of the preset.
	Parameters map[string]string `json:"parameters"`
	// The issuer, exactly as tokens state it in iss. It may contain {tenantid}. It is required, unless a preset sets it.
	Issuer string `json:"issuer"`
	// The URL of the discovery document. By default it is derived from the issuer.
	DiscoveryURL string `json:"discoveryURL" else:"derived from the issuer"`
	// Whether JWT-SVIDs are accepted. The issuer is then a trust domain, such as spiffe://example.org, and a token may have no iss.
	JWTSVID bool `json:"jwtSVID" default:"false"`
	common
}

// application is one application of a provider.
type application struct {
	// The name of the provider.
	Provider string `json:"provider" need:"true"`
	common
}

// common are the members of a provider that an application can override.
type common struct {
	// The trusted values of {tenantid} in the issuer. By default every tenant is trusted.
	Tenants []string `json:"tenants"`
	// The names of this service. The token's aud must contain one of them.
	Audience []string `json:"audience"`
	// The clients whose tokens are accepted. By default they are all clients.
	ClientIDs []string `json:"clientIDs"`
	// The accepted signature algorithms.
	Algorithms []string `json:"algorithms" default:"[\"RS256\",\"RS384\",\"RS512\",\"PS256\",\"PS384\",\"PS512\",\"ES256\",\"ES384\",\"ES512\",\"EdDSA\"]" enum:"RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519"`
	// More names of the type "access token" in tokens and in answers of introspection.
	AccessTokenTypes []string `json:"accessTokenTypes"`
	// The sources of keys, in order. Those of an application come before those of its provider, which are discovered by default.
	Keys []keySource `json:"keys" else:"the key set that discovery names"`
	// How the provider's server is recognised.
	Trust *trust `json:"trust"`
	// The tolerance for exp and nbf, at most 10m.
	Leeway *duration `json:"leeway" default:"\"1m0s\""`
	// The user store of this provider or application.
	Users *users `json:"users"`
	// The claims that a token must have, and their use.
	Claims claimRules `json:"claims"`
	// The verification of opaque tokens.
	Introspection introspection `json:"introspection"`
	// This service as a client of the provider, for UserInfo, introspection, revocation and logout.
	Client *client `json:"client"`
	// The parameters of logins, and of the requests of this service for tokens.
	Login *providerLogin `json:"login"`
	// Whether a token that this service revokes is revoked at the provider too, by the client.
	Revoker bool `json:"revoker" default:"false"`
	// Whether each revocation is confirmed by introspection.
	ConfirmRevocation bool `json:"confirmRevocation" default:"false"`
	// The client ids to which the provider addresses logout tokens. By default it is the clientID if users sign in with it; otherwise logout tokens are refused.
	LogoutAudience []string `json:"logoutAudience" else:"the clientID, if users sign in with it"`
	// Whether tokens that are not bound to a key are refused.
	RequireBoundTokens bool `json:"requireBoundTokens" default:"false"`
	// Conditions on the members of the token's header. A token must satisfy all of them.
	HeaderChecks []claims.Check `json:"headerChecks"`
	// Whether a token without aud is accepted because headerChecks say for which service it is.
	HeaderChecksInsteadOfAudience bool `json:"headerChecksInsteadOfAudience" default:"false"`
	// Whether the parts of each token must have padding. Otherwise tokens with padding are refused.
	PaddedTokens bool `json:"paddedTokens" default:"false"`
	// Whether a token without aud is accepted if clientIDs contains its client.
	ClientIDInsteadOfAudience bool `json:"clientIDInsteadOfAudience" default:"false"`
	// Whether ID tokens are accepted.
	InsecureIDTokenAsAccessToken bool `json:"insecureIDTokenAsAccessToken" default:"false"`
	// Whether a token that looks like an ID token is accepted if UserInfo accepts it.
	InsecureSkipIDTokenCheck bool `json:"insecureSkipIDTokenCheck" default:"false"`
	// Whether tokens for other services are accepted.
	InsecureSkipAudience bool `json:"insecureSkipAudience" default:"false"`
	// Whether a key-bound token is accepted as a plain bearer token.
	InsecureIgnoreConfirmation bool `json:"insecureIgnoreConfirmation" default:"false"`
}

// claimRules are oidcauth.ClaimRules.
type claimRules struct {
	// The claim that identifies the user in the user store. By default it is sub.
	User claims.Path `json:"user" else:"sub, if there is a user store"`
	// The claim with the user name for audit records.
	Name claims.Path `json:"name"`
	// The claim that identifies the tenant. By default it is tid if the issuer contains {tenantid}.
	Tenant claims.Path `json:"tenant" else:"tid, if the issuer contains {tenantid}"`
	// More claims that a token must have.
	Required []claims.Path `json:"required"`
	// Conditions on the values of claims. A token must satisfy all of them.
	Checks []claims.Check `json:"checks"`
	// The roles of the caller.
	Roles *roleRules `json:"roles"`
	// Whether UserInfo is requested for claims that the token lacks.
	UserInfo bool `json:"userInfo" default:"false"`
	// The source of the groups of Entra ID that a token leaves out. It replaces userInfo. The groups are in the claim groups.
	EntraGroups *entraGroups `json:"entraGroups"`
	// Whether all claims are those of UserInfo.
	UserInfoOnly bool `json:"userInfoOnly" default:"false"`
	// The claim of the token that must equal the sub of UserInfo's answer. By default it is sub.
	UserInfoSubject claims.Path `json:"userInfoSubject" else:"sub"`
	// The claim that states the authentication context.
	ACR claims.Path `json:"acr" default:"\"acr\""`
	// The claim that states when the user authenticated. By default it is auth_time.
	AuthTime claims.Path `json:"authTime" else:"auth_time"`
	// The claim that states how many minutes before iat the user authenticated, instead of authTime.
	AuthAge claims.Path `json:"authAge"`
}

// roleRules are oidcauth.RoleRules.
type roleRules struct {
	// The claims that name roles.
	Paths []claims.Path `json:"paths" need:"true"`
	// The prefixes that are cut from the values. A value without one of them is ignored.
	Prefixes []string `json:"prefixes"`
	// The roles for each value. A value that is not in the map is ignored.
	Map map[string][]string `json:"map"`
}

// entraGroups is an entra.GroupsConfig.
type entraGroups struct {
	// Whether Microsoft Graph is asked as the user, instead of as this service.
	OnBehalfOf bool `json:"onBehalfOf" default:"false"`
	// Whether administrative units, directory roles, and groups that are not security groups are fetched too.
	AllGroups bool `json:"allGroups" default:"false"`
	// The root of Microsoft Graph. National clouds have their own.
	GraphURL string `json:"graphURL" default:"\"https://graph.microsoft.com\""`
	// How long the groups of a user are kept, at most 1h.
	MaxAge duration `json:"maxAge" default:"\"5m0s\""`
}

// introspection is oidcauth.Introspection.
type introspection struct {
	// Whether the client introspects opaque tokens.
	Client bool `json:"client" default:"false"`
	// How long an answer is cached, at most 10m. With 0s, every request introspects its token.
	MaxAge *duration `json:"maxAge" default:"\"1m0s\""`
	// How the opaque tokens of this provider begin. It is required if two providers accept opaque tokens.
	Owns []string `json:"owns"`
	// Whether JWTs are introspected too.
	JWTs bool `json:"jwts" default:"false"`
	// Whether the audience of an introspected JWT is read from the JWT.
	AudienceOfJWT bool `json:"audienceOfJWT" default:"false"`
	// Whether an answer that does not state the token's type is refused.
	RequireTokenType bool `json:"requireTokenType" default:"false"`
	// Whether a token is accepted if the answer has no aud.
	InsecureWithoutAudience bool `json:"insecureWithoutAudience" default:"false"`
	// Whether a token is accepted if the answer does not state that it is an access token.
	InsecureWithoutTokenType bool `json:"insecureWithoutTokenType" default:"false"`
	// Whether an opaque token is accepted if UserInfo accepts it, without introspection.
	InsecureByUserInfo bool `json:"insecureByUserInfo" default:"false"`
}

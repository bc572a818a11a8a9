package settings

// client is a provider.Config.
type client struct {
	// The id of this service at the provider.
	ClientID string `json:"clientID"`
	// The credentials of the client.
	Auth *auth `json:"auth"`
	// The URL to which a login sends the browser. By default it is discovered, as are the following six.
	AuthorizationURL string `json:"authorizationURL"`
	// The URL to which a login pushes its authorization request.
	PushedAuthorizationRequestURL string `json:"pushedAuthorizationRequestURL"`
	// The URL of UserInfo.
	UserInfoURL string `json:"userInfoURL"`
	// The URL of introspection.
	IntrospectionURL string `json:"introspectionURL"`
	// The URL of revocation.
	RevocationURL string `json:"revocationURL"`
	// The URL at which a session ends.
	EndSessionURL string `json:"endSessionURL"`
	// The URL of the token endpoint.
	TokenURL string `json:"tokenURL"`
	// Accepted audiences of signed answers besides the clientID.
	SignedFor []string `json:"signedFor"`
	// More accepted values of the header typ of a signed UserInfo.
	UserInfoTypes []string `json:"userInfoTypes"`
	// Whether every signed UserInfo of the issuer is accepted.
	InsecureAnySignedUserInfo bool `json:"insecureAnySignedUserInfo" default:"false"`
	// Whether a UserInfo answer that is not signed is refused.
	RequireSignedUserInfo bool `json:"requireSignedUserInfo" default:"false"`
	// Whether an answer of introspection that is not signed is refused.
	RequireSignedIntrospection bool `json:"requireSignedIntrospection" default:"false"`
	// Where the provider sends the browser after a logout.
	PostLogoutRedirectURI string `json:"postLogoutRedirectURI"`
	// How many calls to an endpoint run at the same time.
	Concurrency int `json:"concurrency" default:"64" min:"1"`
}

// auth is a provider.Auth.
type auth struct {
	// The way in which the client authenticates. By default it depends on the members that are set.
	Method string `json:"method" else:"by the members that are set" enum:"client_secret_basic client_secret_post client_secret_jwt private_key_jwt client_assertion none"`
	// The client secret.
	Secret *secret `json:"secret"`
	// Whether the secret is sent without form-encoding.
	RawBasic bool `json:"rawBasic" default:"false"`
	// The private key in PEM that signs the assertions of private_key_jwt.
	Key *secret `json:"key"`
	// The kid of the assertion.
	KeyID string `json:"keyID"`
	// The algorithm that signs the assertion. By default it depends on the key.
	Algorithm string `json:"algorithm"`
	// The certificate of the key in PEM.
	Certificate *text `json:"certificate"`
	// The path of a file that holds the assertion of client_assertion. It is read for each request.
	AssertionFile string `json:"assertionFile"`
	// The aud of the assertion. By default it is the issuer.
	Audience string `json:"audience"`
	// Whether the aud of the assertion is the URL of the endpoint.
	EndpointAudience bool `json:"endpointAudience" default:"false"`
}

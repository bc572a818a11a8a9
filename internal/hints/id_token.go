package hints

import (
	"slices"
	"strings"
)

var isIDToken = []string{"id_token_as_access_token"}

const causeIDToken = "The token is an ID token, or has claims that only ID tokens have; an ID token is only for the client and gives no access to an API."

// idTokenRules concern ID tokens. Each product has its own way to the access token.
var idTokenRules = []Rule{
	idTokenOf(entra, "Have the client request a scope of this API, such as api://<its id>/<scope>, and send the access_token of the response (MSAL: accessToken), not the id_token."),
	idTokenOf(okta, "Have the client send the access_token of the custom authorization server (okta-auth-js: getAccessToken), not the id_token."),
	idTokenOf(keycloak, "Have the client send the access_token of the same response (keycloak-js: token), not the id_token, and add an audience mapper for this API in Keycloak."),
	idTokenOf(adfs, "Have the client send the parameter resource with the identifier of this API in its authorization request, and send the access_token of the response, not the id_token."),
	idTokenOf(auth0, "Have the client send the parameter audience with the identifier of this API, and send the access_token (auth0-spa-js: getTokenSilently), not the id_token."),
	idTokenOf(cognito, "Have the client send the access token (Amplify: tokens.accessToken). It has no aud: set Issuer.ClientIDInsteadOfAudience, and list your own app clients in Issuer.ClientIDs."),
	idTokenOf(google, "Have the client exchange its ID token for a token of your own service, because Google's access tokens are opaque and not for this API; "+
		"only if the client is part of this application, set Issuer.InsecureIDTokenAsAccessToken, and list its client id in Issuer.Audience."),
	openIAMRule,
	idTokenOf(lemonLDAP, "Have the client send the access_token. Set the option Access Token as JWT of the relying party, or set Issuer.Introspection.Client: access tokens are opaque by default."),
	idTokenOf(glewlwyd, "Have the client request this API by the parameter resource, and send the access_token of the response, not the id_token."),
	idTokenOf(hydra, "Have the client request this API by the parameter audience, and send the access_token. Set Hydra's access token strategy to jwt, or set Issuer.Introspection.Client: access tokens are opaque by default."),
	{
		Code: "dex_id_token", Reasons: isIDToken,
		Cause: "The token is an ID token. The issuer seems to be Dex, which issues one JWT as both ID token and access token.",
		Fix:   "If the issuer is Dex, set Issuer.InsecureIDTokenAsAccessToken; Issuer.Audience then lists your own clients.",
		match: ofProduct(dex),
	},
	{
		Code: "id_token_option", Reasons: isIDToken, Alone: true,
		Cause: "The token has claims of an ID token and of an access token: the provider may issue one JWT as both.",
		Fix: "Compare access_token and id_token of one token response. If they are the same JWT by design, set Issuer.InsecureIDTokenAsAccessToken. " +
			"If they differ, have the client send its access token.",
		match: func(c *Case) (evidence, bool) { return evidenceOfBoth, c.isBothTokens() },
	},
	{
		Code: "id_token_sent", Reasons: isIDToken, Alone: true,
		Cause: causeIDToken,
		Fix: "Have the client send the access_token of the same token response, not the id_token. Set Issuer.InsecureIDTokenAsAccessToken only for a product " +
			"whose access tokens are such JWTs by design.",
		match: func(c *Case) (evidence, bool) { return c.idToken(), true },
	},
}

// openIAMRule is the only one that names OpenIAM's option.
var openIAMRule = Rule{
	Code: "openiam_id_token", Reasons: isIDToken,
	Cause: "The token is an ID token. The client may have sent the wrong token of the response, or OpenIAM may send the ID token as access token (option \"Send JWT Token as Access Token\").",
	Fix: "Compare access_token and id_token of one token response. If they are the same JWT, switch the option off, or set Issuer.InsecureIDTokenAsAccessToken. " +
		"If they differ, have the client send its access token.",
	match: ofProduct(openIAM),
}

var evidenceOfBoth = evidence{actual: "at_hash, c_hash or nonce, beside scopes and this API's aud", expected: "an access token"}

func idTokenOf(p product, fix string) Rule {
	return Rule{Code: string(p) + "_id_token", Reasons: isIDToken, Cause: causeIDToken, Fix: fix, match: ofProduct(p)}
}

func ofProduct(p product) func(*Case) (evidence, bool) {
	return func(c *Case) (evidence, bool) { return c.idToken(), c.product() == p }
}

func (c *Case) idToken() evidence {
	return evidence{actual: "an ID token for " + join(c.audience()), expected: "an access token for " + join(c.Audience)}
}

// isBothTokens reports whether the token has claims of an ID token and of an access token, and names this API.
func (c *Case) isBothTokens() bool {
	ours := slices.ContainsFunc(c.audience(), func(aud string) bool { return slices.Contains(c.Audience, aud) })
	return ours && c.hasAny("at_hash", "c_hash", "nonce") && c.hasAny("scope", "scp") && c.text("token_use") == "" && !strings.EqualFold(c.text("typ"), "ID")
}

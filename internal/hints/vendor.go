package hints

import (
	"slices"
	"strings"
)

// productIssuerRules concern mistakes with the issuer of one product.
var productIssuerRules = []Rule{
	{
		Code: "google_self_signed", Reasons: []string{"unknown_issuer"},
		Cause: "The iss of the token names a service account of Google, not Google itself: the client may have signed the token with the account's own key.",
		Fix:   "Have the client request an ID token from Google whose aud is this API's URL, such as by gcloud auth print-identity-token or the metadata server, and send that.",
		match: func(c *Case) (evidence, bool) {
			iss := c.text("iss")
			return evidence{"iss " + iss, "iss " + join(c.Issuers[:min(len(c.Issuers), maxValues)])}, strings.Contains(iss, "@") && strings.HasSuffix(iss, ".gserviceaccount.com") && c.configures(google)
		},
	},
	{
		Code: "okta_org_configured", Reasons: []string{"unknown_issuer"},
		Cause: "The configured issuer is Okta's org authorization server, whose tokens are only for Okta. The token names a custom authorization server of the same organisation.",
		Fix:   "Set Issuer.URL to the issuer of your own custom authorization server, as Okta's settings show it; it ends in /oauth2/<id>.",
		match: nearIssuer(func(iss, configured string) bool {
			return isOkta(configured) && pathOf(configured) == "" && origin(iss) == origin(configured) && strings.HasPrefix(pathOf(iss), "oauth2/")
		}),
	},
	{
		Code: "adfs_issuer_of_id_token", Reasons: []string{"unknown_issuer"},
		Cause: "The token has the issuer that ADFS writes into ID tokens; the configured issuer is that of its access tokens. The client may have sent its ID token.",
		Fix:   "Have the client send the parameter resource with the identifier of this API in its authorization request, and send the access_token of the response.",
		match: nearIssuer(func(iss, configured string) bool {
			return strings.HasSuffix(configured, "/adfs/services/trust") && strings.HasSuffix(iss, "/adfs") && host(iss) == host(configured)
		}),
	},
	{
		Code: "cognito_hosted_domain", Reasons: []string{"unknown_issuer", "keys_unavailable"},
		Cause: "The configured issuer is the domain of Amazon Cognito's login pages, which is not the issuer of its tokens.",
		Fix:   "Set Issuer.URL to https://cognito-idp.<region>.amazonaws.com/<id of your own user pool>.",
		match: func(c *Case) (evidence, bool) {
			i := slices.IndexFunc(c.Issuers, func(own string) bool {
				return strings.Contains(own, "amazoncognito.com") && hostEnds(own, "amazoncognito.com")
			})
			if i < 0 || c.product() != cognito && c.Reason == "unknown_issuer" {
				return evidence{}, false
			}
			return evidence{c.Issuers[i], "https://cognito-idp.<region>.amazonaws.com/<user pool>"}, true
		},
	},
	{
		Code: "issuer_missing", Reasons: []string{"unknown_issuer"}, Sole: true,
		Cause: "The token has no iss, so it is unknown which provider issued it.",
		Fix:   "Have the provider write iss into its access tokens (RFC 9068 section 2.2), or have the client get its token from a provider that does.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no iss", "iss " + join(c.Issuers[:min(len(c.Issuers), maxValues)])}, c.Claims.Len() > 0 && c.text("iss") == ""
		},
	},
}

// productAudienceRules concern the audience of one product.
var productAudienceRules = []Rule{
	{
		Code: "dex_audience", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud does not name this API. The issuer seems to be Dex, which writes the id of the client into aud.",
		Fix:   "List your own clients of Dex that may call this API in Issuer.Audience, or have the client request the scope audience:server:client_id:<id of this API>.",
		match: func(c *Case) (evidence, bool) {
			return audiences(c), c.product() == dex && len(c.audience()) > 0
		},
	},
}

// productClaimRules concern claims that a product does not put into access tokens by itself.
var productClaimRules = []Rule{
	claimOf(okta, "okta_claim_missing", "Okta's access tokens contain only the claims that are added to the authorization server.",
		"Add the claim to the access tokens of the authorization server in Okta's settings (Security, API, Claims)."),
	claimOf(auth0, "auth0_claim_missing", "Auth0's access tokens for an API contain no profile claims.",
		"Have an Action of Auth0 add the claim to the access token under a namespace, such as https://api.example/email, and use this name in Issuer.Claims; or set Issuer.Claims.UserInfo."),
	claimOf(adfs, "adfs_claim_missing", "ADFS's access tokens contain only the claims of the issuance transform rules of the API.",
		"Add an issuance transform rule for the claim to the Web API in the application group of ADFS, or name a claim that the token has, such as upn."),
	claimOf(google, "google_claim_missing", "Google's ID tokens contain email only if the client asked for it.",
		"Have the client request the token with its e-mail address: format=full at the metadata server, or includeEmail at the IAM credentials API."),
	claimOf(dex, "dex_claim_missing", "The issuer seems to be Dex, which writes only the claims whose scopes the client requested: email, profile and groups.",
		"Have the client request the scope of the claim, and check that the connector of Dex delivers it."),
}

func claimOf(p product, code, cause, fix string) Rule {
	return Rule{
		Code: code, Reasons: noClaim, Alone: true, Cause: cause, Fix: fix,
		match: func(c *Case) (evidence, bool) {
			fits := p == okta || p == adfs || scopeOfClaim(c.Claim) != "" || p == dex && c.Claim == "groups"
			return evidence{"no " + clip(c.Claim), clip(c.Claim) + " in the token"}, fits && c.product() == p && !c.Introspected
		},
	}
}

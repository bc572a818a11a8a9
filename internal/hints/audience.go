package hints

import (
	"slices"
	"strings"
)

// audienceRules are on tokens that were issued for another service, or seem to be.
var audienceRules = []Rule{
	{
		Code: "entra_audience_form", Reasons: []string{"wrong_audience"},
		Cause: "Entra ID writes an API's id in two forms, and the token has the other one.",
		Fix:   "List both in Issuer.Audience: the bare id and api://<id>.",
		sees: nearAudience(func(aud, configured string) bool {
			return isGUID(strings.TrimPrefix(aud, "api://")) && ("api://"+aud == configured || aud == "api://"+configured)
		}),
	},
	{
		Code: "adfs_audience", Reasons: []string{"wrong_audience"},
		Cause: "ADFS puts microsoft:identityserver: before the identifier of the resource.",
		Fix:   "List this audience, or have the client ask for the resource by the identifier that is configured.",
		sees:  audienceThat(func(_ *Case, aud string) bool { return strings.HasPrefix(aud, "microsoft:identityserver:") }),
	},
	{
		Code: "okta_audience", Reasons: []string{"wrong_audience"},
		Cause: "Okta puts the audience of its authorization server into the token, whatever the client asks for.",
		Fix:   "List the audience of the authorization server, as its settings show it.",
		sees: audienceThat(func(c *Case, aud string) bool {
			return aud == "api://default" || isOkta(c.text("iss")) && aud == c.text("iss")
		}),
	},
	{
		Code: "cognito_without_audience", Reasons: []string{"wrong_audience"},
		Cause: "Access tokens of Amazon Cognito have no aud.",
		Fix:   "Set Issuer.ClientIDInsteadOfAudience, and list the app clients in Issuer.ClientIDs.",
		sees: func(c *Case) (seen, bool) {
			return seen{"no aud, client_id " + c.text("client_id"), "aud " + join(c.Audience)},
				!c.has("aud") && c.has("client_id") && c.text("token_use") == "access"
		},
	},
	{
		Code: "introspection_without_audience", Reasons: []string{"wrong_audience"},
		Cause: "Introspection does not say whom the token was issued for.",
		Fix:   "Have the provider tell aud; if it lets this client introspect this API's tokens only, set Issuer.InsecureIntrospectionWithoutAudience.",
		sees: func(c *Case) (seen, bool) {
			return seen{"no aud", "aud " + join(c.Audience)}, c.Introspected && !c.has("aud")
		},
	},
	{
		Code: "keycloak_audience", Reasons: []string{"wrong_audience"},
		Cause: "Keycloak was not told which API the token is for.",
		Fix:   "Add an audience mapper for this API to the client or to a client scope; never accept the audience account.",
		sees: func(c *Case) (seen, bool) {
			return seen{"aud " + join(c.audience()), "aud " + join(c.Audience)}, slices.Contains(c.audience(), "account")
		},
	},
	{
		Code: "audience_trailing_slash", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud and a configured audience differ by a final slash only.",
		Fix:   "Set Issuer.Audience to the token's aud, to the letter.",
		sees:  nearAudience(differBySlash),
	},
	{
		Code: "audience_scheme_or_case", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud and a configured audience differ only by http and https, or by case.",
		Fix:   "Set Issuer.Audience to the token's aud, to the letter.",
		sees:  nearAudience(differBySchemeOrCase),
	},
	{
		Code: "audience_is_client", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud is the client itself: it may be an ID token, or no API was asked for.",
		Fix:   "Have the client send the access token, and ask for this API by scope, resource or audience.",
		sees: audienceThat(func(c *Case, aud string) bool {
			return aud == c.client() || slices.Contains(c.ClientIDs, aud)
		}),
	},
}

func nearAudience(near func(aud, configured string) bool) func(*Case) (seen, bool) {
	return func(c *Case) (seen, bool) {
		for _, aud := range c.audience() {
			for _, configured := range c.Audience {
				if near(aud, configured) {
					return seen{"aud " + aud, "aud " + configured}, true
				}
			}
		}
		return seen{}, false
	}
}

func audienceThat(fits func(c *Case, aud string) bool) func(*Case) (seen, bool) {
	return func(c *Case) (seen, bool) {
		for _, aud := range c.audience() {
			if aud != "" && fits(c, aud) {
				return seen{"aud " + aud, "aud " + join(c.Audience)}, true
			}
		}
		return seen{}, false
	}
}

func isOkta(iss string) bool { return hostEnds(iss, "okta.com", "oktapreview.com", "okta-emea.com") }

// isGUID has the shape of an app id of Entra ID.
func isGUID(s string) bool { return len(s) == 36 && strings.Count(s, "-") == 4 }

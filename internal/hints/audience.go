package hints

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// audienceRules concern tokens that were issued for another service, or seem to be.
var audienceRules = []Rule{
	{
		Code: "entra_audience_form", Reasons: []string{"wrong_audience"},
		Cause: "Entra ID writes an API's id in two forms, and the token has the form that is not configured.",
		Fix:   "List both in Issuer.Audience: the bare id and api://<id>.",
		sees: nearAudience(func(aud, configured string) bool {
			return isGUID(strings.TrimPrefix(aud, "api://")) && ("api://"+aud == configured || aud == "api://"+configured)
		}),
	},
	{
		Code: "adfs_audience", Reasons: []string{"wrong_audience"},
		Cause: "ADFS puts microsoft:identityserver: before the identifier of this API.",
		Fix:   "List the configured audience with microsoft:identityserver: before it, too.",
		sees:  nearAudience(func(aud, configured string) bool { return aud == "microsoft:identityserver:"+configured }),
	},
	{
		Code: "okta_audience", Reasons: []string{"wrong_audience"},
		Cause: "Every token of an Okta authorization server has that server's audience, and api://default is the audience of the default server.",
		Fix:   "Have the client use an authorization server for this API alone, and list the audience that its settings show: all APIs of one server share its audience.",
		sees: func(c *Case) (seen, bool) {
			return seen{"aud api://default", "aud " + join(c.Audience)}, slices.Contains(c.audience(), "api://default")
		},
	},
	{
		Code: "cognito_without_audience", Reasons: []string{"wrong_audience"},
		Cause: "Access tokens of Amazon Cognito have no aud.",
		Fix:   "Set Issuer.ClientIDInsteadOfAudience, and list your own app clients that may call this API in Issuer.ClientIDs.",
		sees: func(c *Case) (seen, bool) {
			return seen{"no aud, client_id " + c.text("client_id"), "aud " + join(c.Audience)},
				!c.has("aud") && c.has("client_id") && c.text("token_use") == "access"
		},
	},
	{
		Code: "introspected_jwt_audience", Reasons: []string{"wrong_audience"},
		Cause: "Introspection does not say which API the JWT is for. The JWT's own aud names this API, but it is not verified while JWTs are introspected.",
		Fix:   "Set Issuer.Introspection.AudienceOfJWT, which verifies the signature as well; or leave Issuer.Introspection.JWTs unset.",
		sees: func(c *Case) (seen, bool) {
			return seen{"no aud in the answer", "aud " + join(c.Audience)}, c.OwnAudience && !c.has("aud")
		},
	},
	{
		Code: "introspection_without_audience", Reasons: []string{"wrong_audience"},
		Cause: "Introspection does not say which API the token is for.",
		Fix: "Have the provider include aud in its answer; else list your own clients that may call this API in Issuer.ClientIDs, and set Issuer.ClientIDInsteadOfAudience; " +
			"Issuer.Introspection.InsecureWithoutAudience is for a provider that lets this service introspect this API's tokens only.",
		sees: func(c *Case) (seen, bool) {
			return seen{"no aud", "aud " + join(c.Audience)}, c.Introspected && !c.has("aud")
		},
	},
	{
		Code: "keycloak_audience", Reasons: []string{"wrong_audience"},
		Cause: "Keycloak does not know which API the token is for.",
		Fix:   "Add an audience mapper for this API to the client or to a client scope; never accept the audience account.",
		sees: func(c *Case) (seen, bool) {
			return seen{"aud " + join(c.audience()), "aud " + join(c.Audience)}, slices.Contains(c.audience(), "account")
		},
	},
	{
		Code: "audience_trailing_slash", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud and a configured audience differ by a final slash only.",
		Fix:   fixAudience,
		sees:  nearAudience(differBySlash),
	},
	{
		Code: "audience_scheme_or_case", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud and a configured audience differ only by http and https, or by case.",
		Fix:   fixAudience,
		sees:  nearAudience(differBySchemeOrCase),
	},
	{
		Code: "audience_is_client", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud names only its client: it may be an ID token, or the client requested no API.",
		Fix:   "Have the client send the access token, and request this API by scope, resource or audience.",
		sees: everyAudience(func(c *Case, aud string) bool {
			return aud == c.client() || slices.Contains(c.ClientIDs, aud)
		}),
	},
	{
		Code: "audience_is_userinfo", Reasons: []string{"wrong_audience"},
		Cause: "The token is only for the provider's UserInfo: the client requested no API.",
		Fix:   "Have the client request this API by audience, resource or scope.",
		sees: everyAudience(func(c *Case, aud string) bool {
			return aud == "urn:microsoft:userinfo" || c.text("iss") != "" && aud == strings.TrimSuffix(c.text("iss"), "/")+"/userinfo"
		}),
	},
	{
		Code: "client_configured_as_audience", Reasons: []string{"wrong_audience"},
		Cause: "Issuer.Audience contains the id of the token's client, but the token's aud names something else.",
		Fix:   "Set Issuer.Audience to the identifier under which this API is registered at the provider; list the clients that may call it in Issuer.ClientIDs.",
		sees: func(c *Case) (seen, bool) {
			return seen{"aud " + join(c.audience()), "aud " + join(c.Audience)}, len(c.audience()) > 0 && slices.Contains(c.Audience, c.client())
		},
	},
	{
		Code: "audience_is_scopes", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud consists of its scopes and names no API, as Glewlwyd's does if the client requested none.",
		Fix:   "Have the client request this API by the parameter resource, and register it at the provider.",
		sees:  everyAudience(isScopes),
	},
	{
		Code: "audience_missing", Reasons: []string{"wrong_audience"},
		Cause: "The token has no aud: it does not say which API it is for.",
		Fix: "Have the provider put this API into aud, by a mapper, resource or audience; if it never issues aud, " +
			"Issuer.ClientIDInsteadOfAudience with Issuer.ClientIDs accepts the tokens of your own clients.",
		sees: func(c *Case) (seen, bool) {
			v, _ := c.Claims.Get("aud")
			return seen{"no aud", "aud " + join(c.Audience)}, !c.Introspected && (!c.has("aud") || v.Kind() == strictjson.Null)
		},
	},
	{
		Code: "audience_malformed", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud is neither a string nor a list of strings.",
		Fix:   "Have the provider issue aud as RFC 7519 section 4.1.3 describes it.",
		sees: func(c *Case) (seen, bool) {
			v, has := c.Claims.Get("aud")
			_, ok := v.Texts()
			return seen{"aud of another type", "aud " + join(c.Audience)}, has && !ok && v.Kind() != strictjson.Null
		},
	},
	{
		Code: "audience_empty", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud is empty: the client requested no API, or was granted none.",
		Fix:   "Have the client request this API by audience or resource, and the provider grant it.",
		sees: func(c *Case) (seen, bool) {
			v, _ := c.Claims.Get("aud")
			list, ok := v.Texts()
			return seen{"aud " + clip(v.Raw()), "aud " + join(c.Audience)}, ok && strings.TrimSpace(strings.Join(list, "")) == ""
		},
	},
}

// fixAudience refers to the provider's settings, because the token's aud may name another API.
const fixAudience = "Set Issuer.Audience to the identifier under which this API is registered at the provider, exactly."

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

// everyAudience requires that every value of aud fits, because one that does not may name another API.
func everyAudience(fits func(c *Case, aud string) bool) func(*Case) (seen, bool) {
	return func(c *Case) (seen, bool) {
		v, _ := c.Claims.Get("aud")
		list, ok := v.Texts()
		all := ok && len(list) > 0 && len(list) <= maxValues && !slices.ContainsFunc(list, func(aud string) bool { return aud == "" || !fits(c, aud) })
		return seen{"aud " + join(c.audience()), "aud " + join(c.Audience)}, all
	}
}

// isScopes reports whether every word is a scope of the token or of OpenID Connect.
func isScopes(c *Case, aud string) bool {
	scopes := append(c.scopes(), "openid", "profile", "email", "address", "phone", "offline_access")
	words := strings.Fields(aud)
	return len(words) > 0 && !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(scopes, word) })
}

func isOkta(iss string) bool { return hostEnds(iss, "okta.com", "oktapreview.com", "okta-emea.com") }

// isGUID reports whether s has the shape of an Entra ID app id.
func isGUID(s string) bool { return len(s) == 36 && strings.Count(s, "-") == 4 }

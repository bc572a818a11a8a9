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
		Cause: "Entra ID writes an API's id into aud with or without api://, and the token has the form that is not configured.",
		Fix:   "List both forms in Issuer.Audience: the bare id and api://<id>.",
		match: nearAudience(func(aud, configured string) bool {
			return isGUID(strings.TrimPrefix(aud, "api://")) && ("api://"+aud == configured || aud == "api://"+configured)
		}),
	},
	{
		Code: "adfs_audience", Reasons: []string{"wrong_audience"},
		Cause: "ADFS writes the prefix microsoft:identityserver: before the identifier of this API.",
		Fix:   "Add the configured audience with the prefix microsoft:identityserver: to Issuer.Audience.",
		match: nearAudience(func(aud, configured string) bool { return aud == "microsoft:identityserver:"+configured }),
	},
	{
		Code: "keycloak_audience", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud names account, and not this API: in Keycloak, an audience mapper for this API may be missing.",
		Fix:   "Add an audience mapper for this API to the client or to a client scope in Keycloak; never add account to Issuer.Audience.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"aud " + join(c.audience()), "aud " + join(c.Audience)}, slices.Contains(c.audience(), "account")
		},
	},
	{
		Code: "client_configured_as_audience", Reasons: []string{"wrong_audience"},
		Cause: "Issuer.Audience contains the id of the token's client, but the token's aud names something else.",
		Fix:   "Set Issuer.Audience to the identifier under which this API is registered at the provider; list the clients that may call it in Issuer.ClientIDs.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"aud " + join(c.audience()), "aud " + join(c.Audience)}, len(c.audience()) > 0 && slices.Contains(c.Audience, c.client())
		},
	},
	{
		Code: "okta_audience", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud is api://default, the audience of Okta's default authorization server, which is not configured.",
		Fix:   "If the default server serves only this API, list api://default in Issuer.Audience; otherwise have the client use an authorization server that serves only this API, and list the audience of that server.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"aud api://default", "aud " + join(c.Audience)}, slices.Contains(c.audience(), "api://default")
		},
	},
	{
		Code: "cognito_without_audience", Reasons: []string{"wrong_audience"},
		Cause: "The token has no aud, as the access tokens of Amazon Cognito.",
		Fix:   "Set Issuer.ClientIDInsteadOfAudience, and list your own app clients that may call this API in Issuer.ClientIDs.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no aud, client_id " + c.text("client_id"), "aud " + join(c.Audience)},
				!c.has("aud") && c.has("client_id") && c.text("token_use") == "access"
		},
	},
	{
		Code: "introspected_jwt_audience", Reasons: []string{"wrong_audience"},
		Cause: "The introspection answer has no aud. The aud of the JWT itself names this API, but its signature is not verified while JWTs are introspected.",
		Fix:   "Set Issuer.Introspection.AudienceOfJWT, which also verifies the signature, or leave Issuer.Introspection.JWTs unset.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no aud in the answer", "aud " + join(c.Audience)}, c.OwnAudience && !c.has("aud")
		},
	},
	{
		Code: "introspection_without_audience", Reasons: []string{"wrong_audience"},
		Cause: "The introspection answer has no aud, so it is unknown which API the token is for.",
		Fix: "Have the provider include aud in its answer. If it cannot, set Issuer.ClientIDInsteadOfAudience, and list your own clients that may call this API in Issuer.ClientIDs. " +
			"Set Issuer.Introspection.InsecureWithoutAudience only if the provider lets this service introspect only tokens for this API.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no aud", "aud " + join(c.Audience)}, c.Introspected && !c.has("aud")
		},
	},
	{
		Code: "audience_trailing_slash", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud and a configured audience differ only by a final slash.",
		Fix:   fixAudience,
		match: nearAudience(differBySlash),
	},
	{
		Code: "audience_scheme_or_case", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud and a configured audience differ only by http and https, or by case.",
		Fix:   fixAudience,
		match: nearAudience(differBySchemeOrCase),
	},
	{
		Code: "audience_is_client", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud names only its client: the token may be an ID token, or the client requested no API.",
		Fix:   "Have the client send the access token, and request this API by scope, resource or audience.",
		match: everyAudience(func(c *Case, aud string) bool {
			return aud == c.client() || slices.Contains(c.ClientIDs, aud)
		}),
	},
	{
		Code: "audience_is_userinfo", Reasons: []string{"wrong_audience"},
		Cause: "The token is only for the provider's UserInfo: the client may have requested no API.",
		Fix:   "Have the client request this API by audience, resource or scope.",
		match: everyAudience(func(c *Case, aud string) bool {
			return aud == "urn:microsoft:userinfo" || c.text("iss") != "" && aud == strings.TrimSuffix(c.text("iss"), "/")+"/userinfo"
		}),
	},
	{
		Code: "audience_is_scopes", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud contains only scopes and names no API; Glewlwyd issues such a token if the client requests no API.",
		Fix:   "Have the client request this API by the parameter resource, and register this API at the provider.",
		match: everyAudience(isScopes),
	},
	{
		Code: "audience_missing", Reasons: []string{"wrong_audience"},
		Cause: "The token has no aud, so it is unknown which API it is for.",
		Fix: "Have the provider put this API into aud, by a mapper or by the parameter resource or audience. If it never issues aud, " +
			"set Issuer.ClientIDInsteadOfAudience, and list your own clients that may call this API in Issuer.ClientIDs.",
		match: func(c *Case) (evidence, bool) {
			v, _ := c.Claims.Get("aud")
			return evidence{"no aud", "aud " + join(c.Audience)}, !c.Introspected && (!c.has("aud") || v.Kind() == strictjson.Null)
		},
	},
	{
		Code: "audience_malformed", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud is neither a string nor a list of strings.",
		Fix:   "Have the provider issue aud as RFC 7519 section 4.1.3 describes it.",
		match: func(c *Case) (evidence, bool) {
			v, has := c.Claims.Get("aud")
			_, ok := v.Texts()
			return evidence{"aud of another type", "aud " + join(c.Audience)}, has && !ok && v.Kind() != strictjson.Null
		},
	},
	{
		Code: "audience_empty", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud is empty: the client may have requested no API, or the provider may have granted no API.",
		Fix:   "Have the client request this API by audience or resource, and have the provider grant it.",
		match: func(c *Case) (evidence, bool) {
			v, _ := c.Claims.Get("aud")
			list, ok := v.Texts()
			return evidence{"aud " + clip(v.Raw()), "aud " + join(c.Audience)}, ok && strings.TrimSpace(strings.Join(list, "")) == ""
		},
	},
}

// partyRules concern the client that requested the token.
var partyRules = []Rule{
	{
		Code: "client_not_named", Reasons: []string{"unauthorized_party"},
		Cause: "The token does not name the client that requested it, and Issuer.ClientIDs accepts only the clients that it lists.",
		Fix: "Have the provider write azp or client_id into its access tokens (in Keycloak, do not use lightweight access tokens). If every client that gets a token for this API may call it, " +
			"and Issuer.ClientIDInsteadOfAudience is not set, leave Issuer.ClientIDs unset.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no azp, client_id, cid or appid", "one of " + join(c.ClientIDs[:min(len(c.ClientIDs), maxValues)])}, c.client() == ""
		},
	},
}

// fixAudience refers to the provider's settings, because the token's aud may name another API.
const fixAudience = "Set Issuer.Audience to the identifier under which this API is registered at the provider, exactly."

// nearAudience compares every value of aud with every configured audience.
func nearAudience(near func(aud, configured string) bool) func(*Case) (evidence, bool) {
	return func(c *Case) (evidence, bool) {
		for _, aud := range c.audience() {
			for _, configured := range c.Audience {
				if near(aud, configured) {
					return evidence{"aud " + aud, "aud " + configured}, true
				}
			}
		}
		return evidence{}, false
	}
}

// everyAudience requires that every value of aud matches, because another value may name another API.
func everyAudience(fits func(c *Case, aud string) bool) func(*Case) (evidence, bool) {
	return func(c *Case) (evidence, bool) {
		v, _ := c.Claims.Get("aud")
		list, ok := v.Texts()
		all := ok && len(list) > 0 && len(list) <= maxValues && !slices.ContainsFunc(list, func(aud string) bool { return aud == "" || !fits(c, aud) })
		return evidence{"aud " + join(c.audience()), "aud " + join(c.Audience)}, all
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

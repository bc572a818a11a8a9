package hints

import (
	"fmt"
	"strings"
)

// clientRules concern this service as a client of the provider.
var clientRules = []Rule{
	{
		Code: "endpoint_missing", Reasons: []string{"introspection_unavailable", "userinfo_unavailable"},
		Cause: "The provider's metadata does not name the endpoint, or names a URL that must not be called.",
		Fix:   "Set provider.Config.IntrospectionURL or provider.Config.UserInfoURL to the URL in the provider's manual; if the provider has no such endpoint, leave Issuer.Introspection.Client or Issuer.Claims.UserInfo unset.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"the endpoint is not named", "provider.Config." + c.Endpoint}, c.Endpoint != ""
		},
	},
	{
		Code: "assertion_audience", Reasons: []string{"introspection_unavailable"},
		Cause: "The provider refused this service's client assertion. Its aud may be the cause: some providers require their issuer, others the URL of the endpoint.",
		Fix:   "Set provider.Auth.EndpointAudience, which makes aud the URL of the endpoint, or set provider.Auth.Audience to the value in the provider's manual; if aud is right, check that the key and its kid are registered at the provider, and that the clocks agree.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: c.Client.String() + ", aud " + clip(c.Client.Assertion)}, c.Client.Assertion != "" && !c.Client.HTML
		},
	},
	{
		Code: "client_refused", Reasons: []string{"introspection_unavailable"},
		Cause: "Introspection is refused: the provider does not accept this service's client id or its credentials.",
		Fix:   "Check provider.Config.ClientID, provider.Auth.Secret and provider.Auth.Method; if the provider does not decode form-encoded Basic credentials, set provider.Auth.RawBasic.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: c.Client.String()}, c.Client.Status != 0 && c.Client.Assertion == "" && !(c.Client.HTML && c.Client.Status == 403)
		},
	},
	{
		Code: "introspection_entitlement", Reasons: []string{"introspection_unavailable"},
		Cause: "Introspection was refused, perhaps by a gateway before it: this service's client may lack a permission.",
		Fix:   "Allow this service's client to introspect tokens at the provider, and read the log of the gateway.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: c.Client.String()}, c.Client.HTML || c.Client.Status == 403
		},
	},
	{
		Code: "introspection_refuses_token", Reasons: []string{"token_inactive"},
		Cause: "Introspection refused to examine the token: the provider may not be able to read it, or may not introspect such tokens.",
		Fix: "If the provider does not introspect JWTs, leave Issuer.Introspection.JWTs unset, so that they are verified locally. " +
			"If it encrypts the tokens for this API, have it sign them without encryption. Otherwise the client sent something that is not a token.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: strings.TrimSpace(c.TokenRefusal.String())}, c.TokenRefusal.Status != 0
		},
	},
}

func (r Refusal) String() string { return answer(r.Status, r.Code, r.Scope, r.HTML) }

// answer describes an answer that refuses.
func answer(status int, code, scope string, html bool) string {
	text := fmt.Sprintf("status %d", status)
	if code != "" {
		text += " " + code
	}
	if scope != "" {
		text += ", scope " + clip(scope)
	}
	if html {
		text += ", a page of HTML"
	}
	return text
}

package hints

import "strings"

// requestRules concern the way in which the request carries its credentials.
var requestRules = []Rule{
	{
		Code: "cors_preflight", Reasons: []string{"no_credentials"}, Sole: true,
		Cause: "The request is a CORS preflight, with which a browser never sends credentials.",
		Fix:   "Answer preflights before they reach Handler: let the CORS middleware wrap it.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: "OPTIONS with Access-Control-Request-Method"}, c.Elsewhere.Preflight
		},
	},
	{
		Code: "token_in_cookie", Reasons: []string{"no_credentials"},
		Cause: "The request has no Authorization header, but a cookie that looks like a JWT. Cookies are never read, because a browser also sends them with requests that other sites cause.",
		Fix:   "Have the client send \"Authorization: Bearer <token>\"; if the token must stay in a cookie, have a backend or proxy of your own, which defends against such requests, put it into the header.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"the cookie " + c.Elsewhere.Cookie, "Bearer <token>"}, c.Elsewhere.Cookie != ""
		},
	},
	{
		Code: "token_in_proxy_header", Reasons: []string{"no_credentials"},
		Cause: "The request has a token in a header that proxies add, and this header is not read.",
		Fix:   "If every request comes through that proxy, and the proxy replaces the header that a client sends, set Config.Credentials.Header to its name; otherwise have the client send \"Authorization: Bearer <token>\".",
		match: func(c *Case) (evidence, bool) {
			return evidence{"the header " + c.Elsewhere.Header, "Config.Credentials.Header: " + c.Elsewhere.Header}, c.Elsewhere.Proxy
		},
	},
	{
		Code: "token_in_other_header", Reasons: []string{"no_credentials"},
		Cause: "The request has no Authorization header with the scheme Bearer, but another header that looks like a JWT.",
		Fix:   "Have the client send \"Authorization: Bearer <token>\".",
		match: func(c *Case) (evidence, bool) {
			return evidence{"the header " + c.Elsewhere.Header, "Authorization: Bearer <token>"}, c.Elsewhere.Header != "" && !c.Elsewhere.Proxy
		},
	},
	{
		Code: "token_in_query", Reasons: []string{"no_credentials"},
		Cause: "The request has no Authorization header, but the parameter access_token in its URL. The URL is never read, because logs and browsers keep it.",
		Fix:   "Have the client send \"Authorization: Bearer <token>\"; for a WebSocket of a browser, set Config.Credentials.WebSocketProtocol.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"access_token in the URL", "Bearer <token>"}, c.Elsewhere.Query
		},
	},
	{
		Code: "header_missing", Reasons: []string{"no_credentials"}, Alone: true,
		Cause: "The request has no Authorization header.",
		Fix:   "Have the client send \"Authorization: Bearer <token>\", and check that no proxy removes the header; a token in the query or in the body is never read.",
		match: shaped(Missing),
	},
	{
		Code: "header_without_scheme", Reasons: []string{"no_credentials"},
		Cause: "The Authorization header contains a token without the word Bearer before it.",
		Fix:   "Have the client send \"Authorization: Bearer <token>\".",
		match: shaped(NoScheme),
	},
	{
		Code: "header_other_scheme", Reasons: []string{"no_credentials"},
		Cause: "The Authorization header has another scheme than Bearer, such as Token, Basic or DPoP.",
		Fix:   "Have the client send \"Authorization: Bearer <token>\".",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: string(c.Request), expected: "Bearer <token>"}, c.Request == OtherScheme || strings.HasPrefix(string(c.Request), schemePrefix)
		},
	},
	{
		Code: "header_scheme_misspelt", Reasons: []string{"no_credentials"},
		Cause: "The Authorization header begins with the word Bearer, but without a blank after it.",
		Fix:   "Have the client send \"Authorization: Bearer <token>\" with one blank, and not percent-encoded.",
		match: shaped(Misspelt),
	},
	{
		Code: "json_sent", Reasons: []string{"malformed_request", "malformed_token", "opaque_token", "token_inactive"},
		Cause: "The client sent a JSON object, such as the whole answer of the token endpoint, instead of the token in it.",
		Fix:   "Have the client parse the answer, and send only the value of access_token.",
		match: func(c *Case) (evidence, bool) {
			return evidence{string(JSON), "Bearer <token>"}, c.Request == JSON || c.Token == JSON
		},
	},
	{
		Code: "token_with_name", Reasons: []string{"malformed_request", "malformed_token", "opaque_token"},
		Cause: "The credentials contain a name and an equals sign before the token, as a form, a URL or a cookie does.",
		Fix:   "Have the client send only the value, without the name.",
		match: func(c *Case) (evidence, bool) {
			return evidence{string(Assigned), "Bearer <token>"}, c.Request == Assigned || c.Token == Assigned
		},
	},
	{
		Code: "header_several", Reasons: []string{"malformed_request"},
		Cause: "The request has several Authorization headers.",
		Fix:   "Have the client send one Authorization header; a proxy may have added another.",
		match: shaped(Several),
	},
	{
		Code: "header_bearer_twice", Reasons: []string{"malformed_request"},
		Cause: "The Authorization header contains the word Bearer twice.",
		Fix:   "Have the client send the word once; its library may already add it.",
		match: shaped(Twice),
	},
	{
		Code: "header_quoted", Reasons: []string{"malformed_request"},
		Cause: "The token in the Authorization header is in quotes or brackets.",
		Fix:   "Have the client send the token without quotes or brackets.",
		match: shaped(Quoted),
	},
	{
		Code: "header_empty", Reasons: []string{"malformed_request"},
		Cause: "The token after the word Bearer is empty.",
		Fix:   "Check where the client gets its token from.",
		match: shaped(Empty),
	},
	{
		Code: "placeholder_sent", Reasons: []string{"malformed_request", "opaque_token", "token_inactive"},
		Cause: "The client sent a placeholder, such as undefined or $TOKEN, instead of a token.",
		Fix:   "Check where the client gets its token from, and whether its shell or template expands the variable.",
		match: func(c *Case) (evidence, bool) {
			return evidence{string(Placeholder), "Bearer <token>"}, c.Request == Placeholder || c.Token == Placeholder
		},
	},
	{
		Code: "header_listed", Reasons: []string{"malformed_request"},
		Cause: "The Authorization header contains more text after the token.",
		Fix:   "Have the client send only one token; a proxy may have joined two headers by a comma.",
		match: shaped(Listed),
	},
	{
		Code: "credentials_header_missing", Reasons: []string{"no_credentials"},
		Cause: "The request does not have the header that Config.Credentials.Header names.",
		Fix:   "Send requests only through the proxy that adds the header; Authorization is not read.",
		match: elsewhere(ElsewhereMissing),
	},
	{
		Code: "credentials_header_several", Reasons: []string{"malformed_request"},
		Cause: "The request has several values of the header that Config.Credentials.Header names.",
		Fix:   "Have the proxy replace the header that a client sends, instead of adding another one.",
		match: elsewhere(ElsewhereSeveral),
	},
	{
		Code: "credentials_header_scheme", Reasons: []string{"malformed_request"},
		Cause: "The header that Config.Credentials.Header names contains a scheme before the token.",
		Fix:   "Have the sender put only the token into the header, or leave Config.Credentials.Header empty and have it send Authorization.",
		match: elsewhere(ElsewhereScheme),
	},
	{
		Code: "websocket_credentials", Reasons: []string{"malformed_request"},
		Cause: "The WebSocket subprotocols do not contain exactly one token, or there is an Authorization header too.",
		Fix:   "Have the client offer the subprotocol of Config.Credentials.WebSocketProtocol once and with one token, and send no Authorization header.",
		match: elsewhere(ProtocolOf),
	},
	{
		Code: "alb_data", Reasons: []string{"malformed_request", "malformed_token"},
		Cause: "The token comes from the header X-Amzn-Oidc-Data of an AWS load balancer. It is no JWT, because its parts have padding, and it names no audience.",
		Fix:   "Set Config.Credentials.Header to X-Amzn-Oidc-Accesstoken, which contains the provider's own access token, or accept the tokens of your own load balancer: Issuer.PaddedTokens, Issuer.HeaderChecks and certsource.KeyURL (preset aws-alb of a settings document).",
		match: func(c *Case) (evidence, bool) {
			return evidence{string(LoadBalancer), "the access token of the provider"}, c.Token == LoadBalancer
		},
	},
	{
		Code: "alb_access_token", Reasons: []string{"malformed_token"},
		Cause: "The issuer is configured for the tokens of an AWS load balancer, whose parts have padding. The token has none, so it is another one, such as the access token of the login service.",
		Fix:   "Set Config.Credentials.Header to X-Amzn-Oidc-Data; if the access token of the login service is wanted, configure that service without Issuer.PaddedTokens.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no padding", "parts with padding (Issuer.PaddedTokens)"}, c.Token == "" && c.Header.Len() > 0
		},
	},
	{
		Code: "alb_other_signer", Reasons: []string{"header_refused"},
		Cause: "The token is of another AWS load balancer than Issuer.HeaderChecks names.",
		Fix:   "Compare the signer with the ARN of your own load balancer, as the console of AWS shows it; if they differ, the token is not yours.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"signer " + clip(c.Header.Text("signer")), "the ARN in Issuer.HeaderChecks"}, c.Claim == "signer" && c.Header.Has("signer")
		},
	},
	{
		Code: "alb_other_client", Reasons: []string{"header_refused"},
		Cause: "The AWS load balancer authenticated the user for another client than Issuer.HeaderChecks names: another of its listener rules.",
		Fix:   "Compare the client with the client id in the listener rule for this service; if they differ, the token is for another service.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"client " + clip(c.Header.Text("client")), "the client in Issuer.HeaderChecks"}, c.Claim == "client" && c.Header.Has("signer")
		},
	},
	{
		Code: "token_padded", Reasons: []string{"malformed_request", "malformed_token"},
		Cause: "The parts of the token end with =. A JWT has no padding.",
		Fix:   "Have the code that makes or copies the token encode its parts in base64url without padding.",
		match: func(c *Case) (evidence, bool) {
			return evidence{string(Padded), "base64url without padding (RFC 7515 section 2)"}, c.Token == Padded
		},
	},
	{
		Code: "token_base64", Reasons: []string{"malformed_request", "malformed_token"},
		Cause: "The parts of the token contain + or /, so they are base64 and not base64url.",
		Fix:   "Have the code that makes or copies the token encode its parts in base64url (RFC 4648 section 5).",
		match: func(c *Case) (evidence, bool) {
			return evidence{string(Base64), "base64url without padding (RFC 7515 section 2)"}, c.Token == Base64
		},
	},
}

func elsewhere(s Shape) func(*Case) (evidence, bool) {
	return func(c *Case) (evidence, bool) {
		return evidence{actual: string(s), expected: "one token alone"}, c.Request == s
	}
}

func shaped(s Shape) func(*Case) (evidence, bool) {
	return func(c *Case) (evidence, bool) {
		return evidence{actual: string(s), expected: "Bearer <token>"}, c.Request == s
	}
}

package hints

var requestRules = []Rule{
	{
		Code: "header_missing", Reasons: []string{"no_credentials"},
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
		Cause: "The Authorization header has another scheme, such as Token, Basic or DPoP.",
		Fix:   "Have the client send \"Authorization: Bearer <token>\".",
		match: shaped(OtherScheme),
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
		Code: "token_padded", Reasons: []string{"malformed_request", "malformed_token"},
		Cause: "The parts of the token end with =, as those of X-Amzn-Oidc-Data of an AWS load balancer, which is no JWT and names no audience.",
		Fix:   "Set Config.Credentials.Header to X-Amzn-Oidc-Accesstoken, which contains the provider's own access token.",
		match: func(c *Case) (evidence, bool) {
			return evidence{string(Padded), "base64url without padding (RFC 7515 section 2)"}, c.Token == Padded
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

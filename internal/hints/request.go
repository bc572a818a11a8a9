package hints

var requestRules = []Rule{
	{
		Code: "header_missing", Reasons: []string{"no_credentials"},
		Cause: "The request has no Authorization header.",
		Fix:   "Have the client send \"Authorization: Bearer <token>\", and see that no proxy on the way removes it; a token in the query or the body is never read.",
		sees:  shaped(Missing),
	},
	{
		Code: "header_without_scheme", Reasons: []string{"no_credentials"},
		Cause: "The Authorization header holds a token without the word Bearer before it.",
		Fix:   "Have the client send \"Authorization: Bearer <token>\".",
		sees:  shaped(NoScheme),
	},
	{
		Code: "header_other_scheme", Reasons: []string{"no_credentials"},
		Cause: "The Authorization header has another scheme, such as Token, Basic or DPoP.",
		Fix:   "Have the client send \"Authorization: Bearer <token>\".",
		sees:  shaped(OtherScheme),
	},
	{
		Code: "header_several", Reasons: []string{"malformed_request"},
		Cause: "The request has several Authorization headers.",
		Fix:   "Have the client send one; a proxy may have added its own.",
		sees:  shaped(Several),
	},
	{
		Code: "header_bearer_twice", Reasons: []string{"malformed_request"},
		Cause: "The Authorization header says Bearer twice.",
		Fix:   "Have the client or its library write the word once.",
		sees:  shaped(Twice),
	},
	{
		Code: "header_quoted", Reasons: []string{"malformed_request"},
		Cause: "The token in the Authorization header is in quotes or brackets.",
		Fix:   "Have the client send the token without them.",
		sees:  shaped(Quoted),
	},
	{
		Code: "header_empty", Reasons: []string{"malformed_request"},
		Cause: "Nothing follows the word Bearer: the client's token is empty.",
		Fix:   "Check where the client gets its token from.",
		sees:  shaped(Empty),
	},
	{
		Code: "placeholder_sent", Reasons: []string{"malformed_request", "opaque_token", "token_inactive"},
		Cause: "The client sent a placeholder, such as undefined or $TOKEN, instead of a token.",
		Fix:   "Check where the client gets its token from, and whether its shell or template expands the variable.",
		sees: func(c *Case) (seen, bool) {
			return seen{string(Placeholder), "Bearer <token>"}, c.Request == Placeholder || c.Token == Placeholder
		},
	},
	{
		Code: "header_listed", Reasons: []string{"malformed_request"},
		Cause: "Something follows the token in the Authorization header.",
		Fix:   "Have the client send one token and nothing else; a proxy may have joined two headers by a comma.",
		sees:  shaped(Listed),
	},
}

func shaped(s Shape) func(*Case) (seen, bool) {
	return func(c *Case) (seen, bool) {
		return seen{actual: string(s), expected: "Bearer <token>"}, c.Request == s
	}
}

package discovery

import "github.com/knownbearer/knownbearer/internal/strictjson"

// Authorization holds the members about the authorization endpoint and about logout (RFC 8414 section 2, RFC 9126 section 5,
// RFC 9207 section 3, OpenID Connect Front-Channel Logout 1.0 section 3, Back-Channel Logout 1.0 section 2.1). A member that is
// absent or of another type is zero.
type Authorization struct {
	AuthorizationEndpoint, PushedAuthorizationRequestEndpoint string

	RequirePushedAuthorizationRequests         bool
	AuthorizationResponseIssParameterSupported bool
	FrontChannelLogoutSupported                bool
	FrontChannelLogoutSessionSupported         bool
	BackChannelLogoutSupported                 bool
	BackChannelLogoutSessionSupported          bool

	ResponseModesSupported        []string
	CodeChallengeMethodsSupported []string
	PromptValuesSupported         []string
	ACRValuesSupported            []string
}

func (a *Authorization) read(doc strictjson.Object) {
	for _, flag := range [...]struct {
		name string
		to   *bool
	}{
		{"require_pushed_authorization_requests", &a.RequirePushedAuthorizationRequests},
		{"authorization_response_iss_parameter_supported", &a.AuthorizationResponseIssParameterSupported},
		{"frontchannel_logout_supported", &a.FrontChannelLogoutSupported},
		{"frontchannel_logout_session_supported", &a.FrontChannelLogoutSessionSupported},
		{"backchannel_logout_supported", &a.BackChannelLogoutSupported},
		{"backchannel_logout_session_supported", &a.BackChannelLogoutSessionSupported},
	} {
		v, _ := doc.Get(flag.name)
		*flag.to, _ = v.Bool()
	}
	for _, list := range [...]struct {
		name string
		to   *[]string
	}{
		{"response_modes_supported", &a.ResponseModesSupported},
		{"code_challenge_methods_supported", &a.CodeChallengeMethodsSupported},
		{"prompt_values_supported", &a.PromptValuesSupported},
		{"acr_values_supported", &a.ACRValuesSupported},
	} {
		v, _ := doc.Get(list.name)
		if values, ok := v.Texts(); ok {
			*list.to = values
		}
	}
}

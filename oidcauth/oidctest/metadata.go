package oidctest

import "maps"

// SetMetadata changes members of the discovery document from now on; a nil value removes one. Nil changes nothing, and ends earlier
// changes. The endpoints themselves do not change.
func (p *Provider) SetMetadata(changes Claims) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.metadata = maps.Clone(changes)
}

func (p *Provider) discovery() Claims {
	p.mu.Lock()
	defer p.mu.Unlock()
	algorithms := []string{}
	for _, k := range p.keys {
		algorithms = append(algorithms, k.alg)
	}
	at := func(e Endpoint) string { return p.issuer + string(e) }
	doc := Claims{
		"issuer": p.issuer, "jwks_uri": at(JWKS), "userinfo_endpoint": at(UserInfo), "introspection_endpoint": at(Introspection),
		"revocation_endpoint": at(Revocation), "end_session_endpoint": at(EndSession), "token_endpoint": at(TokenEndpoint),
		"authorization_endpoint": at(Authorization), "pushed_authorization_request_endpoint": at(PushedAuthorization),

		"response_types_supported": []string{"code"}, "response_modes_supported": []string{"query", "form_post"},
		"grant_types_supported": []string{"authorization_code", "refresh_token", "client_credentials"},
		"scopes_supported":      []string{"openid", "offline_access"}, "subject_types_supported": []string{"public"},
		"code_challenge_methods_supported": []string{"S256"}, "prompt_values_supported": []string{"none", "login", "select_account"},
		"id_token_signing_alg_values_supported": algorithms, "request_uri_parameter_supported": false,
		"authorization_response_iss_parameter_supported": true,
		"backchannel_logout_supported":                   true, "backchannel_logout_session_supported": true,
		"frontchannel_logout_supported": true, "frontchannel_logout_session_supported": true,
	}
	overlay(doc, p.metadata)
	return doc
}

package oidctest

import "maps"

// LoginFault says what is wrong with all logins and refreshes from now on. The zero LoginFault means that they are right.
type LoginFault struct {
	// Error is the error code of the authorization response, which then has no code, such as access_denied, login_required or
	// temporarily_unavailable.
	Error string
	// Description is its error_description.
	Description string
	// Response replaces parameters of the authorization response, such as code, state, iss (RFC 9207) and error. An empty value
	// removes one.
	Response map[string]string
	// Token replaces members of the token endpoint's answer, such as id_token, expires_in and refresh_token. A nil value removes one.
	Token Claims
	// IDToken changes the ID tokens, and the zero Forgery changes nothing. Its Header and Claims are added to those of a good ID
	// token; a nil value removes one. Its Algorithm may be "none".
	IDToken Forgery
}

// FailLogin makes logins and refreshes go wrong from now on. The zero LoginFault ends that. [Provider.Fail] makes the endpoints fail.
func (p *Provider) FailLogin(f LoginFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f.Response, f.Token = maps.Clone(f.Response), maps.Clone(f.Token)
	f.IDToken.Header, f.IDToken.Claims = maps.Clone(f.IDToken.Header), maps.Clone(f.IDToken.Claims)
	p.loginFault = f
}

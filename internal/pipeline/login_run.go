package pipeline

import (
	"slices"
	"strconv"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// BeginLogin makes the Run of a login. raw is the ID token, or empty if the access token identifies the user.
func (e *Engine) BeginLogin(in Input, l *Login) *Run {
	t := &Run{Engine: e, Input: in, Form: Granted, login: l, verification: verification{Rules: l.Rules}}
	if in.Raw != "" {
		t.Form = IDToken
	}
	return t
}

// BeginSession makes the Run of a request with a session. After a refresh without an ID token, the Login has an access token, and
// UserInfo is requested again.
func (e *Engine) BeginSession(in Input, l *Login) *Run {
	return &Run{
		Engine: e, Input: in, Form: Resumed, login: l,
		verification: verification{
			Rules: l.Rules, Token: tokenOfAnswer(l.Session.Token).ofLogin(), Expiry: l.Session.Ends,
			Established: Parsed | KnownIssuer | Verified | AccessToken | Timely | Recent,
		},
	}
}

// Login returns the login of the run, or nil if the run verifies a bearer token.
func (t *Run) Login() *Login { return t.login }

// LoginRules returns the rules for the logins of a client. If several applications of the issuer are configured, it is the one that
// names the client.
func (e *Engine) LoginRules(issuer, clientID string) (*Rules, *Fault) {
	all := e.issuers.of(issuer)
	switch len(all) {
	case 0:
		return nil, Refuse(reason.UnknownIssuer, nil, "issuer %q of the login is not configured; configured: %q", issuer, e.URLs())
	case 1:
		return all[0], nil
	}
	for _, names := range []func(*Rules) []string{
		func(r *Rules) []string { return r.ClientIDs }, func(r *Rules) []string { return r.LogoutAudience }, func(r *Rules) []string { return r.Audience },
	} {
		for _, rules := range all {
			if slices.Contains(names(rules), clientID) {
				return rules, nil
			}
		}
	}
	return nil, Refuse(reason.UnknownIssuer, nil, "several applications of issuer %q are configured, and no ClientIDs of them contains the client %q of the login", issuer, clientID)
}

// LoginFault reports why no login by these rules could be accepted.
func (r *Rules) LoginFault(openID, byUserInfo bool) string {
	_, distributed := r.UserInfo.(claims.Distributed)
	userInfo := r.UserInfo != nil && !distributed
	switch {
	case byUserInfo && !openID:
		return "InsecureSkipIDToken needs the scope openid"
	case byUserInfo && !userInfo:
		return "InsecureSkipIDToken needs Claims.UserInfo of the Issuer"
	case !openID && r.Introspector == nil && !userInfo:
		return "without the scope openid, Introspection.Client or Claims.UserInfo of the Issuer is needed"
	case (byUserInfo || !openID && r.Introspector == nil) && discovery.Templated(r.URL):
		return "UserInfo does not state the tenant of an Issuer with {tenantid}, so the scope openid and a checked ID token are needed"
	}
	return ""
}

// Proved returns what the login has proved. Call it after all steps have passed.
func (t *Run) Proved() Session {
	s := t.login.Session
	s.Issuer, s.Subject, s.ID, s.Since, s.Token = t.issuerName(), t.Text("sub"), t.sessionID(), t.loggedInAt(), t.Token.Claims
	s.UserInfoOnly = t.byUserInfo()
	if info := claimset.UserInfo(t.Claims); info.Len() > 0 {
		s.Info, s.HasInfo = claimset.FromObject(info), true
	}
	return s
}

// The claims about the authentication of the user. The ID token of a refresh may omit them, and the authentication is the same.
var authenticationClaims = [...]string{"acr", "amr", "auth_time", "sid", "nonce"}

// withFormer adds the claims about the authentication that the answer to a refresh omits.
func withFormer(token strictjson.Object, former *Session) strictjson.Object {
	var added []string
	for _, name := range authenticationClaims {
		if v, ok := former.Token.Get(name); ok && !token.Has(name) {
			added = append(added, strconv.Quote(name)+":"+v.Raw())
		}
	}
	return withText(token, added)
}

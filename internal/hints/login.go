package hints

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// LoginCase describes the login or the session that is refused.
type LoginCase struct {
	// Is reports that the fault is of a login or a session.
	Is bool
	// ClientID is the client of this service.
	ClientID string
	// Error is the code of the provider's error response, and Description its error_description.
	Error, Description string
	// Actual and Expected are values that differ, such as two issuers.
	Actual, Expected string
}

// loginRules are about ID tokens and about what the provider and the browser send during a login.
var loginRules = slices.Concat(idTokenOfLoginRules, authorizationRules, []Rule{
	loginRule("id_token_missing", "The token endpoint answers without an ID token, although the login requested openid.",
		"Have the provider treat this client as one of OpenID Connect, and allow it the scope openid; if the provider supports OAuth 2.0 only, remove openid from the scopes of the login."),
	loginRule("login_issuer_mismatch", "The answer or the ID token is of another issuer than the one with which the login began. An attacker may try to mix up two providers.",
		"Compare Issuer.URL with the issuer that the provider's discovery document names; if they are equal, the browser was sent to this callback by another provider."),
	loginRule("nonce_mismatch", "The ID token belongs to another login, or the provider does not return the nonce.",
		"If each login fails so, have the provider put the nonce of the request into its ID tokens; otherwise the code was issued to another browser, and the refusal is right."),
	loginRule("token_hash_mismatch", "The ID token and the access token of the answer do not belong together.",
		"Find out whether a proxy or a plugin of the provider replaces the access token after the ID token is signed."),
	loginRule("login_changed", "The answer is about another user or another authentication than the session.",
		"Have the user sign out first if another user shall sign in; if it happens at each refresh, compare sub and auth_time of the provider's ID tokens before and after."),
	loginRule("attempt_unknown", "The callback came from a browser that has no cookie of the login: it began in another browser or under another host name, or the cookie was not sent.",
		"Check that the login begins at the same https host as Config.PublicURL of the login, and that no proxy removes Set-Cookie; a bookmark of the callback has the same effect."),
	loginRule("attempt_expired", "The user took longer to sign in than a login may take.", "Have the user begin again; if it happens often, check that the clocks of the replicas agree."),
	loginRule("attempt_used", "The callback was opened twice: by the back button, by reloading the page, or by a program that follows links.", "Have the user begin again."),
	loginRule("state_mismatch", "The state of the callback belongs to no login of this browser. Someone else may have made the link.",
		"Have the user begin again; if each login fails so, check that the provider returns state unchanged, and that all replicas have the same keys of cookies."),
	loginRule("interaction_required", "The provider must ask the user something, and the login allowed no page (prompt=none).", "Send the user to the login without prompt=none."),
	loginRule("authorization_refused", "The provider ended the login with an error.", "Read the error in the detail, and the provider's own log at the same time."),
	loginRule("refresh_refused", "The provider does not accept the refresh token any more: it has expired, was revoked or was used before.",
		"Have the user sign in again; if it happens with several replicas, give them one store of sessions that can compare and swap, so that a rotating refresh token is used once."),
	loginRule("session_unknown", "The browser sends a cookie of a session that has ended, that the store has lost, or that the configuration does not allow any more.",
		"Have the user sign in again, which is usual after login.Sessions.Idle and login.Sessions.Absolute; if it happens after each restart, use a store of sessions that all replicas share and that outlives them."),
	loginRule("session_expired", "The session was idle too long, or has reached its greatest age.", "Have the user sign in again."),
	loginRule("session_too_large", "The claims of the session do not fit into a cookie.",
		"Store sessions on the server instead of in the cookie, or have the provider put fewer claims into its ID tokens for this client."),
	loginRule("session_store_unavailable", "The store of sessions cannot be used.", "Check that the store is reachable; until then no session is accepted, and none is ended."),
	loginRule("cross_origin_request", "A page of another origin sent a request with the cookie of a session.",
		"If the page is your own, serve it from the same origin as this service; otherwise the refusal is right."),
	loginRule("provider_unavailable", "The provider gives no usable answer to the login.", "Check that the endpoints in the provider's discovery document answer from this host."),
	loginRule("code_refused", "The provider does not accept the authorization code: it was used before, has expired, or belongs to another redirect URI, client or login.",
		"If each login fails so, compare the redirect URI of the login with the registered one, letter by letter; otherwise the callback was opened twice, or took too long."),
})

// idTokenOfLoginRules concern the claims and the signature of an ID token.
var idTokenOfLoginRules = []Rule{
	{
		Code: "id_token_client_id", Login: true, Reasons: []string{"wrong_audience"},
		Cause: "The aud of the ID token is not the client id of this service: the configured client id is wrong, or the token is for another client.",
		Fix:   "Set provider.Config.ClientID to the id under which the provider registered this service.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"aud " + join(c.audience()), "aud " + clip(c.LoginCase.ClientID)}, true
		},
	},
	{
		Code: "id_token_azp", Login: true, Reasons: []string{"unauthorized_party"},
		Cause: "The ID token was issued to another client, or for several audiences without naming its client in azp.",
		Fix:   "Have the provider issue ID tokens of this client for this client alone, or with azp; an ID token of another client of the same application is not accepted.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"azp " + c.raw("azp") + ", aud " + join(c.audience()), "azp " + clip(c.LoginCase.ClientID)}, true
		},
	},
	{
		Code: "id_token_hmac", Login: true, Reasons: []string{"algorithm_refused"},
		Cause: "The provider signs the ID tokens of this client with the client secret (HS256, HS384 or HS512).",
		Fix:   "Have the provider sign ID tokens for this client with RS256 or ES256 (id_token_signed_response_alg).",
		match: func(c *Case) (evidence, bool) {
			return evidence{"alg " + c.algorithm(), "alg RS256"}, strings.HasPrefix(c.algorithm(), "HS")
		},
	},
	{
		Code: "id_token_unsigned", Login: true, Reasons: []string{"algorithm_refused"},
		Cause: "The ID token is not signed (alg none).",
		Fix:   "Have the provider sign ID tokens for this client with RS256 or ES256 (id_token_signed_response_alg).",
		match: func(c *Case) (evidence, bool) {
			return evidence{"alg none", "alg RS256"}, strings.EqualFold(c.algorithm(), "none")
		},
	},
	{
		Code: "id_token_encrypted", Login: true, Reasons: []string{"encrypted_token"},
		Cause: "The provider encrypts the ID tokens of this client.",
		Fix:   "Switch the encryption of ID tokens for this client off at the provider (id_token_encrypted_response_alg); the answer of the token endpoint is protected by TLS.",
		match: func(*Case) (evidence, bool) { return evidence{}, true },
	},
	{
		Code: "id_token_is_access_token", Login: true, Reasons: []string{"wrong_token_type"},
		Cause: "The answer of the token endpoint has another kind of token in id_token.",
		Fix:   "Have the provider put an ID token into id_token: its header has typ JWT or none, and its aud is the client id.",
		match: func(c *Case) (evidence, bool) { return evidence{}, true },
	},
	{
		Code: "id_token_acr", Login: true, Reasons: notAuthenticated,
		Cause: "The provider did not authenticate the user in a way that the login requires, or does not state it.",
		Fix:   "Check that the provider supports the values of acr that the login requests, and that it puts acr into ID tokens; if another claim states it, set Issuer.Claims.ACR.",
		match: func(c *Case) (evidence, bool) {
			a := c.Authentication
			met := slices.ContainsFunc(a.ACR, func(acr string) bool { return slices.Contains(a.Required, acr) })
			return evidence{"acr " + clip(join(a.ACR)), "acr " + join(a.Required)}, a.Required != nil && !met
		},
	},
	{
		Code: "id_token_auth_time", Login: true, Reasons: notAuthenticated,
		Cause: "The ID token does not state when the user authenticated, although the login requested max_age.",
		Fix:   "Have the provider put auth_time into the ID tokens of this client (require_auth_time), or set Issuer.Claims.AuthTime or AuthAge to the claim that states it.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no auth_time", "auth_time"}, c.Authentication.MaxAge > 0 && c.Authentication.Time.IsZero()
		},
	},
	{
		Code: "id_token_max_age", Login: true, Reasons: notAuthenticated,
		Cause: "The user authenticated longer ago than the login allows, so the provider ignores max_age.",
		Fix:   "Check that the provider supports max_age; if it does not, request prompt=login, and synchronise the clocks.",
		match: func(c *Case) (evidence, bool) {
			a := c.Authentication
			return evidence{stamp(a.Time), fmt.Sprintf("at most %s before %s", a.MaxAge.Round(time.Second), stamp(c.Now))}, a.MaxAge > 0 && !a.Time.IsZero() && a.Required == nil
		},
	},
	{
		Code: "id_token_sub_missing", Login: true, Reasons: []string{"invalid_claims"},
		Cause: "The provider does not say who signed in: sub is missing or no text.",
		Fix:   "Have the provider state sub as a string, in ID tokens, in introspection or in UserInfo (OpenID Connect Core 1.0 section 2).",
		match: func(c *Case) (evidence, bool) { return evidence{"no sub", "sub"}, c.text("sub") == "" },
	},
	{
		Code: "id_token_times", Login: true, Reasons: []string{"invalid_claims"},
		Cause: "A time of the ID token is missing, is no positive number of seconds, or exp is before iat.",
		Fix:   "Have the provider write exp and iat into ID tokens as numbers of seconds since 1970 (RFC 7519 section 2).",
		match: func(c *Case) (evidence, bool) {
			return evidence{"iat " + c.raw("iat") + ", exp " + c.raw("exp"), "numbers of seconds"}, c.text("sub") != ""
		},
	},
	{
		Code: "id_token_clock", Login: true, Reasons: []string{"not_yet_valid", "expired"},
		Cause: "The times of the ID token do not fit the clock of this service, although the provider has just issued it.",
		Fix:   "Synchronise the clocks of provider and service by NTP; Issuer.Leeway allows small differences.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"iat " + c.raw("iat") + ", exp " + c.raw("exp"), "now " + stamp(c.Now)}, true
		},
	},
	{
		Code: "issuer_slash", Login: true, Reasons: []string{"login_issuer_mismatch"}, Sole: true,
		Cause: "The two issuers differ only in a slash at the end.",
		Fix:   "Set Issuer.URL and provider.Config.Issuer to the issuer exactly as the provider's discovery document writes it.",
		match: func(c *Case) (evidence, bool) {
			actual, expected := c.LoginCase.Actual, c.LoginCase.Expected
			if actual == "" {
				actual, expected = c.text("iss"), c.Issuer
			}
			return evidence{clip(actual), clip(expected)}, actual != expected && strings.TrimSuffix(actual, "/") == strings.TrimSuffix(expected, "/")
		},
	},
	{
		Code: "claim_not_in_id_token", Login: true, Reasons: []string{"claim_missing", "check_claim_missing"},
		Cause: "A claim that the configuration needs is neither in the ID token nor in UserInfo.",
		Fix:   "Have the provider put the claim into ID tokens of this client, request the scope that includes it, or set Issuer.Claims.UserInfo.",
		match: func(c *Case) (evidence, bool) { return missingClaim(c), true },
	},
}

// authorizationRules concern the errors of the authorization endpoint and of the token endpoint (RFC 6749 sections 4.1.2.1 and 5.2).
var authorizationRules = []Rule{
	{
		Code: "redirect_uri_not_registered", Login: true, Reasons: []string{"code_refused", "authorization_refused", "provider_unavailable"}, Sole: true,
		Cause: "The provider does not accept the redirect URI of this service.",
		Fix:   "Add the URL of the callback to the redirect URIs of this client at the provider, letter by letter: scheme, host, port, path and slash.",
		match: func(c *Case) (evidence, bool) {
			about := c.LoginCase.Error + " " + c.LoginCase.Description
			return c.errorResponse(), strings.Contains(strings.ToLower(strings.ReplaceAll(about, " ", "_")), "redirect_uri")
		},
	},
	onError("user_denied", "authorization_refused", "The user or the provider declined the login: the user cancelled it or gave no consent, or may not use this client.",
		"If the user may use this service, have the provider assign the user to the client; otherwise nothing is wrong.", "access_denied"),
	onError("login_client_refused", "provider_unavailable", "The provider does not accept the client id of this service or its credentials.",
		"Check provider.Config.ClientID, provider.Auth.Secret and provider.Auth.Method; if the provider does not decode form-encoded Basic credentials, set provider.Auth.RawBasic.", "invalid_client"),
	onError("grant_type_not_allowed", "provider_unavailable", "The provider does not allow this client the authorization code grant or refresh tokens.",
		"Allow the grant types authorization_code and, if sessions are refreshed, refresh_token for this client at the provider.", "unauthorized_client", "unsupported_grant_type"),
	onError("scope_not_allowed", "provider_unavailable", "The provider does not know a scope that the login requests, or does not allow it this client.",
		"Compare the scopes of the login with those of this client at the provider.", "invalid_scope"),
	onError("response_type_not_allowed", "provider_unavailable", "The provider does not allow this client the response type code.",
		"Allow the response type code for this client at the provider.", "unsupported_response_type", "unsupported_response_mode"),
	onError("login_request_invalid", "provider_unavailable", "The provider calls the request of this service invalid.",
		"Read the description and the provider's own log; if it requires a pushed or a signed request, or forbids a parameter of the login, change that for this client.", "invalid_request"),
}

// loginRule explains a reason that only a login or a session has.
func loginRule(reason, cause, fix string) Rule {
	return Rule{
		Code: reason, Login: true, General: true, Reasons: []string{reason}, Cause: cause, Fix: fix,
		match: func(c *Case) (evidence, bool) {
			if c.LoginCase.Error != "" {
				return c.errorResponse(), true
			}
			return evidence{clip(c.LoginCase.Actual), clip(c.LoginCase.Expected)}, true
		},
	}
}

// onError explains a reason by the code of the provider's error response.
func onError(code, reason, cause, fix string, errors ...string) Rule {
	return Rule{Code: code, Login: true, Reasons: []string{reason}, Cause: cause, Fix: fix, match: func(c *Case) (evidence, bool) {
		return c.errorResponse(), slices.Contains(errors, c.LoginCase.Error)
	}}
}

func (c *Case) errorResponse() evidence {
	text := clip(c.LoginCase.Error)
	if c.LoginCase.Description != "" {
		text += ": " + clip(c.LoginCase.Description)
	}
	return evidence{actual: text}
}

// alsoForLogins returns the rules of a list that explain faults of logins too.
func alsoForLogins(rules []Rule) []Rule {
	out := slices.Clone(rules)
	for i := range out {
		out[i].both = true
	}
	return out
}

// generalOfLogins lists the reasons whose general hint is about logins too.
var generalOfLogins = []string{
	"malformed_token", "unknown_issuer", "algorithm_refused", "invalid_signature", "token_inactive", "token_revoked", "userinfo_subject_mismatch", "check_failed", "claim_unusable",
	"user_not_found", "user_disabled", "keys_unavailable", "introspection_unavailable", "deny_list_unavailable", "userinfo_unavailable", "user_store_unavailable",
	"opaque_token", "malformed_request",
}

// appliesTo reports whether the rule is about the kind of token of the case.
func (r Rule) appliesTo(c *Case) bool {
	if !c.LoginCase.Is {
		return !r.Login && r.Logout == c.LogoutToken
	}
	return r.Login || r.both || r.General && slices.Contains(generalOfLogins, r.Code)
}

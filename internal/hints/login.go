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
	// Requirement reports that a session does not meet a requirement of a route.
	Requirement bool
	// ClientID is the client of this service.
	ClientID string
	// Error is the code of the provider's error response, and Description its error_description.
	Error, Description string
	// Actual and Expected are the values that differ, such as two issuers.
	Actual, Expected string
}

// loginRules concern ID tokens, and the messages of the provider and of the browser during a login.
var loginRules = slices.Concat(idTokenOfLoginRules, authorizationRules, []Rule{
	loginRule("id_token_missing", "The token endpoint answers without an ID token, although the login requested openid.",
		"Have the provider register this client for OpenID Connect, and allow it the scope openid; if the provider supports OAuth 2.0 only, remove openid from login.Provider.Scopes, and set Issuer.Claims.UserInfo or Issuer.Introspection.Client."),
	loginRule("login_issuer_mismatch", "The authorization response or the ID token is not from the issuer with which the login began. An attacker may try to mix up two providers.",
		"Compare Issuer.URL with the issuer that the provider's discovery document names; if they are equal, another provider sent the browser to this callback."),
	loginRule("nonce_mismatch", "The ID token belongs to another login, or the provider does not return the nonce.",
		"If every login fails in this way, have the provider put the nonce of the request into its ID tokens; otherwise the code was issued to another browser, and the refusal is right."),
	loginRule("token_hash_mismatch", "The at_hash of the ID token does not match the access token of the same token response.",
		"Find out whether a proxy or a plugin of the provider replaces the access token after the ID token is signed."),
	loginRule("login_changed", "The provider answered a refresh or a step-up with another user, issuer or authentication than that of the session.",
		"Have the user sign out before signing in as another user; if it happens at every refresh, compare sub and auth_time of the provider's ID tokens before and after."),
	loginRule("attempt_unknown", "The browser that opened the callback has no cookie of the login: the login began in another browser or at another host name, or the cookie was not sent.",
		"Check that the login begins at the scheme and host of login.Config.PublicURL, and that no proxy removes Set-Cookie; a bookmark of the callback has the same effect."),
	loginRule("attempt_expired", "The user took longer than 10 minutes to sign in.", "Have the user begin again; if it happens often, check that the clocks of the replicas agree."),
	loginRule("attempt_used", "The callback was opened twice: by the back button, by reloading the page, or by a program that follows links.", "Have the user begin again."),
	loginRule("state_mismatch", "The browser came back from the provider's logout with a state that is not that of a logout which began in this browser. The session here had ended before, if the logout began here.",
		"If every logout ends in this way, check that the provider returns state unchanged, and that all replicas have the same login.Config.Keys; otherwise a bookmark or a link of another site led here, and the refusal is right."),
	loginRule("interaction_required", "The provider returned an error instead of asking the user to sign in, to consent or to choose an account; or it cannot authenticate the user as acr_values require.",
		"Read the error in the detail; for unmet_authentication_requirements, check that the user can authenticate in the required way, and for other errors, the policy of this client at the provider."),
	loginRule("authorization_refused", "The provider ended the login with an error.", "Read the error in the detail, and the provider's own log of the same time."),
	loginRule("refresh_refused", "The provider does not accept the refresh token any more: it has expired, was revoked or was used before.",
		"Have the user sign in again; if it happens with several replicas, give them one store of sessions that is a login.Swapper, so that each refresh token is used once."),
	loginRule("session_unknown", "The browser sends the cookie of a session that has ended, that the store has lost, that other keys sealed, or whose provider is no longer configured.",
		"Have the user sign in again, which is usual after login.Sessions.Idle and login.Sessions.Absolute; if it happens after each restart, keep login.Config.Keys, and use a store of sessions that all replicas share and that outlives them."),
	loginRule("session_expired", "The session was idle for login.Sessions.Idle, or has reached the age of login.Sessions.Absolute.", "Have the user sign in again."),
	loginRule("session_too_large", "The session is larger than a session may be: 3.5 KiB in a cookie, 256 KiB in a store.",
		"Store sessions on the server instead of in the cookie (login.Sessions.Store), or have the provider put fewer claims into ID tokens and UserInfo of this client."),
	loginRule("session_store_unavailable", "The store of sessions gives no usable answer.", "Check that the store is reachable; until then every request with a session is refused, and a logout ends no session."),
	loginRule("cross_origin_request", "A page of another origin sent a request that needs a session, and that could change something.",
		"If the page is your own, check that login.Config.PublicURL is the origin in the address bar, and serve the page from it; otherwise the refusal is right."),
	loginRule("provider_unavailable", "The provider gives no usable answer to a login or to a refresh.", "Check that the endpoints in the provider's discovery document answer from this host."),
	loginRule("code_refused", "The provider does not accept the authorization code: it was used before, has expired, or belongs to another redirect URI, client or login.",
		"If every login fails in this way, compare the redirect URI of the login with the registered one, letter by letter; otherwise the callback was opened twice or too late."),
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
		Fix:   "Have the provider issue ID tokens of this client with its client id alone in aud, or with its client id in azp; an ID token of another client of the same application is not accepted.",
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
		Fix:   "Switch the encryption of ID tokens for this client off at the provider (id_token_encrypted_response_alg); TLS protects the token response.",
		match: func(*Case) (evidence, bool) { return evidence{}, true },
	},
	{
		Code: "id_token_is_access_token", Login: true, Reasons: []string{"wrong_token_type"},
		Cause: "The id_token of the token response is a token of another type.",
		Fix:   "Have the provider put an ID token into id_token: its header has typ JWT or no typ, and its aud is the client id.",
		match: func(c *Case) (evidence, bool) { return evidence{}, true },
	},
	{
		Code: "id_token_acr", Login: true, Reasons: notAuthenticated,
		Cause: "The provider did not authenticate the user in a way that the login requires, or the ID token does not state the way.",
		Fix:   "Check that the provider supports the values of acr that the login requests, and that it puts acr into ID tokens; if another claim states it, set Issuer.Claims.ACR.",
		match: func(c *Case) (evidence, bool) {
			a := c.Authentication
			met := slices.ContainsFunc(a.ACR, func(acr string) bool { return slices.Contains(a.Required, acr) })
			return evidence{"acr " + clip(join(a.ACR)), "acr " + join(a.Required)}, !c.LoginCase.Requirement && a.Required != nil && !met
		},
	},
	{
		Code: "id_token_auth_time", Login: true, Reasons: notAuthenticated,
		Cause: "The ID token does not state when the user authenticated, although the login requested max_age.",
		Fix:   "Have the provider put auth_time into the ID tokens of this client (require_auth_time), or set Issuer.Claims.AuthTime or AuthAge to the claim that states it.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no auth_time", "auth_time"}, !c.LoginCase.Requirement && c.Authentication.MaxAge > 0 && c.Authentication.Time.IsZero()
		},
	},
	{
		Code: "id_token_max_age", Login: true, Reasons: notAuthenticated,
		Cause: "The user authenticated longer ago than the login allows, so the provider may ignore max_age, or the clocks differ.",
		Fix:   "Synchronise the clocks of provider and service, and check that the provider supports max_age; if it does not, set login.Provider.Prompt to login.",
		match: func(c *Case) (evidence, bool) {
			a := c.Authentication
			return evidence{stamp(a.Time), fmt.Sprintf("at most %s before %s", a.MaxAge.Round(time.Second), stamp(c.Now))}, !c.LoginCase.Requirement && a.MaxAge > 0 && !a.Time.IsZero() && a.Required == nil
		},
	},
	{
		Code: "id_token_sub_missing", Login: true, Reasons: []string{"invalid_claims"},
		Cause: "The provider does not state who signed in: sub is missing, empty or not a string.",
		Fix:   "Have the provider state sub as a string, in ID tokens, in introspection or in UserInfo (OpenID Connect Core 1.0 section 2).",
		match: func(c *Case) (evidence, bool) { return evidence{"no sub", "sub"}, c.text("sub") == "" },
	},
	{
		Code: "id_token_times", Login: true, Reasons: []string{"invalid_claims"},
		Cause: "A time of the ID token is missing or is not a positive number of seconds, or exp is before iat.",
		Fix:   "Have the provider write exp and iat into ID tokens as numbers of seconds since 1970 (RFC 7519 section 2).",
		match: func(c *Case) (evidence, bool) {
			return evidence{"iat " + c.raw("iat") + ", exp " + c.raw("exp"), "numbers of seconds"}, c.text("sub") != ""
		},
	},
	{
		Code: "id_token_clock", Login: true, Reasons: []string{"not_yet_valid", "expired"},
		Cause: "By the clock of this service, the ID token has expired or is not valid yet, although the provider has just issued it.",
		Fix:   "Synchronise the clocks of provider and service by NTP; Issuer.Leeway allows small differences.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"iat " + c.raw("iat") + ", exp " + c.raw("exp"), "now " + stamp(c.Now)}, true
		},
	},
	{
		Code: "issuer_slash", Login: true, Reasons: []string{"login_issuer_mismatch"}, Sole: true,
		Cause: "The issuer of the response and the configured issuer differ only in a slash at the end.",
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
		Fix:   "Have the provider put the claim into ID tokens of this client, request the scope that includes it, or set Issuer.Claims.UserInfo; UserInfo is requested for the claims that Issuer.Claims names.",
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
	onError("grant_type_not_allowed", "provider_unavailable", "The provider does not allow this client to use the authorization code grant or refresh tokens.",
		"Allow the grant types authorization_code and, if sessions are refreshed, refresh_token for this client at the provider.", "unauthorized_client", "unsupported_grant_type"),
	onError("scope_not_allowed", "provider_unavailable", "The provider does not know a scope that the login requests, or does not allow this client to request it.",
		"Compare login.Provider.Scopes with the scopes of this client at the provider.", "invalid_scope"),
	onError("response_type_not_allowed", "provider_unavailable", "The provider does not allow this client to use the response type code or the response mode.",
		"Allow the response type code for this client at the provider; if login.Provider.FormPost is set, check that the provider supports form_post.", "unsupported_response_type", "unsupported_response_mode"),
	onError("login_request_invalid", "provider_unavailable", "The provider refuses the parameters of the authorization request or of the token request (invalid_request).",
		"Read the description and the provider's own log; if the provider requires a signed request (JAR), or forbids a parameter of the login, change the settings of this client there.", "invalid_request"),
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

// alsoForLogins marks rules that also explain refusals of logins and sessions.
func alsoForLogins(rules []Rule) []Rule {
	out := slices.Clone(rules)
	for i := range out {
		out[i].both = true
	}
	return out
}

// generalOfLogins lists the reasons whose general hint also explains refusals of logins and sessions.
var generalOfLogins = []string{
	"malformed_token", "algorithm_refused", "invalid_signature", "token_inactive", "token_revoked", "userinfo_subject_mismatch", "check_failed", "claim_unusable",
	"user_not_found", "user_disabled", "keys_unavailable", "introspection_unavailable", "deny_list_unavailable", "userinfo_unavailable", "user_store_unavailable",
	"access_denied", "application_error",
}

// appliesTo reports whether the rule explains refusals of this kind: of a bearer token, a logout token, or a login.
func (r Rule) appliesTo(c *Case) bool {
	if !c.LoginCase.Is {
		return !r.Login && r.Logout == c.LogoutToken
	}
	return r.Login || r.both || r.General && slices.Contains(generalOfLogins, r.Code)
}

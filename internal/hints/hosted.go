package hints

import (
	"slices"
	"strings"
)

// hostedRules concern login services for applications.
var hostedRules = []Rule{
	{
		Code: "b2c_other_policy", Reasons: []string{"check_failed"},
		Cause: "The token was issued by another policy of Azure AD B2C than the checks name; all policies of a tenant have the same issuer.",
		Fix:   "Have the client get its token by the policy in Issuer.Claims.Checks, or name every policy there whose tokens this API accepts.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"policy " + c.policy(), "the policy in Issuer.Claims.Checks"}, c.policy() != "" && (c.Claim == "tfp" || c.Claim == "acr")
		},
	},
	{
		Code: "zitadel_audience", Reasons: []string{"wrong_audience"},
		Cause: "The token's aud does not name the project of this API: ZITADEL adds a project only if the client requests it by a scope.",
		Fix:   "Have the client request the scope urn:zitadel:iam:org:project:id:<id of the project>:aud, and list the id of the project in Issuer.Audience.",
		match: func(c *Case) (evidence, bool) {
			claim := c.similarName(func(name string) bool { return strings.HasPrefix(name, "urn:zitadel:") })
			return audiences(c), len(c.audience()) > 0 && (claim != "" || hostEnds(c.text("iss"), "zitadel.cloud"))
		},
	},
	{
		Code: "authentik_id_token", Reasons: isIDToken,
		Cause: "The token has a nonce and no scope. In authentik, access tokens contain the nonce of the login too, and only access tokens have scope.",
		Fix:   "Have the client send the access_token of the same response, not the id_token; update authentik if its access tokens have no scope.",
		match: func(c *Case) (evidence, bool) { return c.idToken(), isAuthentik(c.text("iss")) },
	},
	{
		Code: "authentik_mapped_scope", Reasons: []string{"claim_missing"}, Sole: true,
		Cause: "The token has a scope and no uid, which every access token of authentik has. It is an ID token to which a scope mapping adds scope.",
		Fix:   "Have the client send the access_token of the same response, not the id_token.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no uid", "an access token"}, c.Claim == "uid" && isAuthentik(c.text("iss"))
		},
	},
	{
		Code: "authentik_signing_key", Reasons: []string{"algorithm_refused"},
		Cause: "The token is signed with the secret of the client, which authentik does if its provider has no signing key.",
		Fix:   "Set a signing key in the provider of the application in authentik.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"alg " + c.algorithm(), "alg RS256 or ES256"}, strings.HasPrefix(c.algorithm(), "HS") && isAuthentik(c.text("iss"))
		},
	},
	{
		Code: "logto_without_resource", Reasons: []string{"opaque_token"},
		Cause: "The token is opaque, as Logto issues it if the client requests no API resource.",
		Fix:   "Have the client request this API by the parameter resource (getAccessToken of the SDK takes it), and list the API identifier in Issuer.Audience.",
		match: func(c *Case) (evidence, bool) {
			return evidence{string(c.Token), "a signed JWT"}, c.Token == Opaque && slices.ContainsFunc(c.Issuers, func(iss string) bool { return hostEnds(iss, "logto.app") })
		},
	},
	{
		Code: "clerk_pending", Reasons: []string{"check_failed"},
		Cause: "The session of Clerk is pending: the user has signed in, and has not completed the tasks that the application requires.",
		Fix:   "Have the client complete the tasks of the session, such as the choice of an organization, before it calls this API.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"sts pending", "sts active"}, c.Claim == "sts" && c.text("sts") == "pending"
		},
	},
	{
		Code: "clerk_template", Reasons: []string{"check_claim_missing"},
		Cause: "The token has no sid, as tokens that Clerk makes by a JWT template: it is for another service, and does not end with the session.",
		Fix:   "Have the client send its session token (getToken without a template).",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no sid", "sid"}, c.Claim == "sid" && isClerk(c.text("iss"), c.text("sub"))
		},
	},
	{
		Code: "clerk_origin", Reasons: []string{"unauthorized_party"},
		Cause: "The azp of Clerk's session token is the origin of the page that requested it, and this origin is not configured.",
		Fix:   "List the origins of your own pages in Issuer.ClientIDs; never add an origin because a token names it.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"azp " + c.text("azp"), "one of " + join(c.ClientIDs[:min(len(c.ClientIDs), maxValues)])},
				isClerk(c.text("iss"), c.text("sub")) && strings.Contains(c.text("azp"), "://")
		},
	},
	{
		Code: "supabase_api_key", Reasons: []string{"unknown_issuer"},
		Cause: "The client sent an API key of Supabase (anon or service_role), which belongs to no user.",
		Fix:   "Have the client send the access_token of the user's session as Bearer, and the API key to Supabase alone; replace a service_role key that a client had.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"iss supabase, role " + c.text("role"), "the access_token of a session"}, c.text("iss") == "supabase"
		},
	},
	{
		Code: "supabase_legacy_secret", Reasons: []string{"algorithm_refused"},
		Cause: "Supabase signed the token with the shared secret of the project, which could also forge tokens.",
		Fix:   "Switch the project to JWT signing keys in Supabase, and rotate to an asymmetric key (ES256 or RS256).",
		match: func(c *Case) (evidence, bool) {
			return evidence{"alg " + c.algorithm(), "alg ES256 or RS256"}, strings.HasPrefix(c.algorithm(), "HS") && strings.HasSuffix(c.text("iss"), "/auth/v1")
		},
	},
	{
		Code: "supabase_anonymous", Reasons: []string{"check_failed"},
		Cause: "The user signed in to Supabase anonymously, and such users have the role authenticated too.",
		Fix:   "Have the user link an identity, or remove the check of is_anonymous if this API is for anonymous users.",
		match: func(c *Case) (evidence, bool) {
			v, _ := c.Claims.Get("is_anonymous")
			anonymous, _ := v.Bool()
			return evidence{"is_anonymous true", "is_anonymous false"}, c.Claim == "is_anonymous" && anonymous
		},
	},
	{
		Code: "firebase_session_cookie", Reasons: []string{"unknown_issuer"},
		Cause: "The token is a session cookie of Firebase, which has another issuer and other keys than ID tokens.",
		Fix:   "Have the client send the ID token of Firebase (getIdToken).",
		match: func(c *Case) (evidence, bool) {
			return evidence{c.text("iss"), "https://securetoken.google.com/<project>"}, host(c.text("iss")) == "session.firebase.google.com"
		},
	},
	{
		Code: "firebase_custom_token", Reasons: []string{"unknown_issuer"}, Sole: true,
		Cause: "The token is a custom token of Firebase, with which a client signs in at Firebase only.",
		Fix:   "Have the client sign in with the custom token (signInWithCustomToken), and send the ID token that it gets (getIdToken).",
		match: func(c *Case) (evidence, bool) {
			forFirebase := slices.ContainsFunc(c.audience(), func(aud string) bool { return host(aud) == "identitytoolkit.googleapis.com" })
			return evidence{"aud identitytoolkit.googleapis.com", "the ID token"}, forFirebase
		},
	},
	{
		Code: "iap_audience", Reasons: []string{"wrong_audience"},
		Cause: "The token of Google's Identity-Aware Proxy is for another resource behind the proxy.",
		Fix:   "List the Signed Header JWT Audience of this resource, as Google Cloud shows it, in Issuer.Audience.",
		match: func(c *Case) (evidence, bool) { return audiences(c), c.text("iss") == "https://cloud.google.com/iap" },
	},
	{
		Code: "cloudflare_audience", Reasons: []string{"wrong_audience"},
		Cause: "The token of Cloudflare Access is for another application of the team.",
		Fix:   "List the Application Audience (AUD) tag of this application in Issuer.Audience.",
		match: func(c *Case) (evidence, bool) { return audiences(c), hostEnds(c.text("iss"), "cloudflareaccess.com") },
	},
	{
		Code: "pingfederate_keys", Reasons: []string{"key_not_found", "invalid_signature"},
		Cause: "The token is of an access token manager of PingFederate (pi.atm), and the key is not in the configured key set. A manager with its own keys publishes them at a path of its own.",
		Fix:   "Set the JWKS Endpoint Path of the access token manager, and name its URL in Issuer.Keys by certsource.JWKS; or select the option Use Centralized Signing Key in PingFederate.",
		match: func(c *Case) (evidence, bool) {
			return evidence{c.namedKey(), c.heldKeys()}, c.Header.Has("pi.atm")
		},
	},
}

func isAuthentik(iss string) bool { return strings.Contains(iss, "/application/o/") }

// isClerk recognises the ids of users and the domains of development instances. An instance for production has a domain of its own.
func isClerk(iss, sub string) bool {
	return hostEnds(iss, "clerk.accounts.dev") || strings.HasPrefix(sub, "user_") && strings.HasPrefix(host(iss), "clerk.")
}

// similarName returns the first claim of the token whose name fits, or "".
func (c *Case) similarName(fits func(name string) bool) string {
	names := c.Claims.Names()
	if i := slices.IndexFunc(names, fits); i >= 0 {
		return names[i]
	}
	return ""
}

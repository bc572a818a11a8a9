package hints

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// issuerRules concern tokens of an issuer that is not configured.
var issuerRules = []Rule{
	{
		Code: "graph_token_with_proof", Reasons: []string{"invalid_signature", "key_not_found", "unknown_issuer", "wrong_audience"}, Sole: true,
		Cause: "The header has a nonce, as in tokens for Microsoft Graph. Microsoft hashes that nonce before it signs, so only Graph can verify such a token.",
		Fix:   "Have the client request a scope of this API, such as api://<its id>/<scope>, instead of a Graph scope.",
		match: func(c *Case) (evidence, bool) {
			graph := c.Reason == "invalid_signature" || slices.ContainsFunc(c.audience(), isGraph)
			return evidence{"header nonce, aud " + join(c.audience()), "aud " + join(c.Audience)}, graph && c.Header.Has("nonce")
		},
	},
	{
		Code: "graph_token", Reasons: []string{"wrong_audience", "unknown_issuer", "invalid_signature", "key_not_found"}, Sole: true,
		Cause: "The token is for Microsoft Graph, not for this API.",
		Fix:   "Have the client request a scope of this API, such as api://<its id>/<scope>, instead of a Graph scope.",
		match: func(c *Case) (evidence, bool) {
			for _, aud := range c.audience() {
				if isGraph(aud) {
					return evidence{"aud " + aud, "aud " + join(c.Audience)}, true
				}
			}
			return evidence{}, false
		},
	},
	{
		Code: "entra_version", Reasons: []string{"unknown_issuer"},
		Cause: "The token and the configured issuer have different versions of Entra ID's token format, v1.0 and v2.0.",
		Fix:   "Set requestedAccessTokenVersion of the API's app registration to the version of Issuer.URL, or configure both issuers of the same tenant.",
		match: func(c *Case) (evidence, bool) {
			return nearIssuer(func(iss, configured string) bool { return c.entraVersionsDiffer(iss, configured) })(c)
		},
	},
	{
		Code: "other_tenant", Reasons: []string{"unknown_issuer", "check_failed"},
		Cause: "The token names a tenant of the same product that is not configured; different tenants belong to different customers.",
		Fix:   "Have the client get its token from your own tenant; never trust a tenant because a token names it.",
		match: func(c *Case) (evidence, bool) {
			if c.Reason == "check_failed" {
				return evidence{actual: "tid " + c.text("tid"), expected: "the tenant in Issuer.Claims.Checks"}, c.Claim == "tid" || c.Claim == "/tid"
			}
			iss := c.text("iss")
			configured, ok := otherTenant(iss, c.text("tid"), c.Issuers)
			return evidence{iss, configured}, ok
		},
	},
	{
		Code: "entra_tenant_name", Reasons: []string{"unknown_issuer"},
		Cause: "The configured issuer names its tenant by a domain, but Entra ID writes the tenant's id into iss.",
		Fix:   "Set Issuer.URL to the issuer that your tenant's discovery document names.",
		match: nearIssuer(func(iss, configured string) bool {
			return IsEntra(configured) && strings.Contains(firstSegment(configured), ".") && IsEntra(iss)
		}),
	},
	{
		Code: "multi_tenant_issuer", Reasons: []string{"unknown_issuer", "keys_unavailable"},
		Cause: "The configured issuer represents many tenants, as Entra ID's common does, and no token has it as iss.",
		Fix:   "Name your own tenant in Issuer.URL, or write {tenantid} in its place and list the tenants that you trust in Issuer.Tenants.",
		match: func(c *Case) (evidence, bool) {
			for _, configured := range c.Issuers {
				many := strings.Contains(configured, template) && c.Reason == "unknown_issuer"
				for _, word := range []string{"/common", "/organizations", "/consumers"} {
					many = many || strings.Contains(configured, word)
				}
				if many && IsEntra(configured) && IsEntra(c.text("iss")) {
					return evidence{c.text("iss"), configured}, true
				}
			}
			return evidence{}, false
		},
	},
	{
		Code: "adfs_issuer", Reasons: []string{"unknown_issuer"},
		Cause: "ADFS writes a different issuer into access tokens than into its discovery document.",
		Fix:   "Set Issuer.URL to access_token_issuer of the discovery document, and Issuer.DiscoveryURL to the URL of the document.",
		match: nearIssuer(func(iss, configured string) bool {
			return strings.HasSuffix(iss, "/adfs/services/trust") && strings.HasSuffix(strings.TrimSuffix(configured, "/"), "/adfs") &&
				host(iss) == host(configured)
		}),
	},
	{
		Code: "issuer_trailing_slash", Reasons: []string{"unknown_issuer"},
		Cause: "The token's iss and the configured issuer differ only by a final slash.",
		Fix:   fixIssuer,
		match: nearIssuer(differBySlash),
	},
	{
		Code: "issuer_scheme_or_case", Reasons: []string{"unknown_issuer"},
		Cause: "The token's iss and the configured issuer differ only by http and https, or by case.",
		Fix:   fixIssuer,
		match: nearIssuer(differBySchemeOrCase),
	},
	{
		Code: "okta_org_server", Reasons: []string{"key_not_found", "invalid_signature", "wrong_audience", "unknown_issuer"},
		Cause: "The token names Okta's org authorization server, which issues tokens only for Okta's own API and does not publish its keys.",
		Fix:   "Have the client request its token from a custom authorization server, whose issuer ends in /oauth2/<id>; Issuer.URL must be that issuer.",
		match: func(c *Case) (evidence, bool) {
			iss := c.text("iss")
			org := isOkta(iss) && !strings.Contains(iss, "/oauth2/")
			expected := "an issuer such as https://" + host(iss) + "/oauth2/default"
			switch c.Reason {
			case "wrong_audience":
				org = org && slices.Contains(c.audience(), iss)
			case "unknown_issuer":
				expected = c.customServer(iss)
				org = (org || c.product() == okta && pathOf(iss) == "") && expected != ""
			}
			return evidence{iss, expected}, org
		},
	},
	{
		Code: "keycloak_path", Reasons: []string{"unknown_issuer"},
		Cause: "The token's iss and the configured issuer differ by the path /auth, which Keycloak uses before version 17, and later only if it is configured.",
		Fix:   fixIssuer,
		match: nearIssuer(differByKeycloakPath),
	},
	{
		Code: "issuer_other_host", Alone: true, Reasons: []string{"unknown_issuer"},
		Cause: "The token's iss has the path of the configured issuer but another host name. A provider without a fixed host name may write such an iss; it may also be the iss of another provider.",
		Fix: "Have the provider use the host name of Issuer.URL for all its tokens (Keycloak: the option hostname), and set Issuer.DiscoveryURL to the URL at which this service reaches it. " +
			"Never configure a host name because a token names it: a sender can write any iss.",
		match: nearIssuer(func(iss, configured string) bool {
			path := pathOf(iss) // Parsing is slow if a thousand issuers are configured.
			return path == pathOf(configured) && mayBeOneOperator(iss, configured, path != "")
		}),
	},
}

// pathRules come after the rules that recognise a product.
var pathRules = []Rule{
	{
		Code: "issuer_other_path", Alone: true, Reasons: []string{"unknown_issuer"},
		Cause: "The token's iss has the host of a configured issuer but another path, such as that of another realm, tenant or authorization server.",
		Fix:   "Have the client get its token from the configured issuer; if the configured issuer is wrong, set Issuer.URL to the issuer that the right discovery document names.",
		match: nearIssuer(func(iss, configured string) bool {
			return origin(iss) == origin(configured)
		}),
	},
}

// fixIssuer refers to the discovery document, because the sender chooses the token's iss.
const fixIssuer = "Set Issuer.URL to the issuer that your provider's discovery document names, exactly."

// nearIssuer compares the token's iss with every configured issuer.
func nearIssuer(near func(iss, configured string) bool) func(*Case) (evidence, bool) {
	return func(c *Case) (evidence, bool) {
		iss := c.text("iss")
		for _, configured := range c.Issuers {
			if iss != "" && iss != configured && near(iss, configured) {
				return evidence{iss, configured}, true
			}
		}
		return evidence{}, false
	}
}

// customServer returns a configured custom authorization server of the Okta organisation whose org server is iss, or "".
func (c *Case) customServer(iss string) string {
	for _, own := range c.Issuers {
		if host(own) == host(iss) && strings.HasPrefix(pathOf(own), "oauth2/") {
			return own
		}
	}
	return ""
}

// pathOf returns the text after the host and its slash.
func pathOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	_, path, _ := strings.Cut(rest, "/")
	return path
}

// origin returns the scheme, host and port.
func origin(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	authority, _, _ := strings.Cut(rest, "/")
	if authority == "" || strings.Contains(authority, "@") {
		return address
	}
	return scheme + "://" + authority
}

func differBySlash(a, b string) bool { return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/") }

// differByKeycloakPath reports whether two issuers of one host are the same realm with and without /auth.
func differByKeycloakPath(a, b string) bool {
	return origin(a) == origin(b) && strings.Contains(a, "/realms/") && strings.TrimPrefix(pathOf(a), "auth/") == strings.TrimPrefix(pathOf(b), "auth/")
}

// differBySchemeOrCase folds ASCII only, because a letter that looks the same makes another name.
func differBySchemeOrCase(a, b string) bool {
	return isASCII(a) && isASCII(b) && strings.EqualFold(schemeless(a), schemeless(b))
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// schemeless removes https:// or http://.
func schemeless(s string) string {
	return strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
}

// host returns an empty string for a deceptive address: one with userinfo, or with letters other than ASCII.
func host(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.User != nil || !isASCII(s) {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// hostEnds reports whether the host of an address is one of the domains or below one.
func hostEnds(s string, domains ...string) bool {
	h := host(s)
	for _, d := range domains {
		if h == d || strings.HasSuffix(h, "."+d) {
			return true
		}
	}
	return false
}

// IsEntra reports whether an issuer is one of Entra ID, whose UserInfo belongs to Microsoft Graph.
func IsEntra(iss string) bool {
	return hostEnds(iss, "login.microsoftonline.com", "sts.windows.net", "login.microsoftonline.us", "login.partner.microsoftonline.cn",
		"chinacloudapi.cn", "ciamlogin.com")
}

func isGraph(aud string) bool {
	switch strings.TrimSuffix(aud, "/") {
	case "00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com",
		"00000002-0000-0000-c000-000000000000", "https://graph.windows.net":
		return true
	}
	return false
}

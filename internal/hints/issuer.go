package hints

import (
	"net/url"
	"slices"
	"strings"
)

// issuerRules are on tokens of an issuer that is not configured.
var issuerRules = []Rule{
	{
		Code: "graph_token_with_proof", Reasons: []string{"invalid_signature", "key_not_found", "unknown_issuer", "wrong_audience"},
		Cause: "It is a token for Microsoft Graph, whose header nonce is hashed before signing: nobody but Graph can verify it.",
		Fix:   "Have the client ask for a scope of this API, such as api://<its id>/<scope>, not for one of Graph.",
		sees: func(c *Case) (seen, bool) {
			graph := c.Reason == "invalid_signature" || slices.ContainsFunc(c.audience(), isGraph)
			return seen{"header nonce, aud " + join(c.audience()), "aud " + join(c.Audience)}, graph && c.Header.Has("nonce")
		},
	},
	{
		Code: "graph_token", Reasons: []string{"wrong_audience", "unknown_issuer", "invalid_signature", "key_not_found"},
		Cause: "It is a token for Microsoft Graph, not for this API.",
		Fix:   "Have the client ask for a scope of this API, such as api://<its id>/<scope>, not for one of Graph.",
		sees: func(c *Case) (seen, bool) {
			for _, aud := range c.audience() {
				if isGraph(aud) {
					return seen{"aud " + aud, "aud " + join(c.Audience)}, true
				}
			}
			return seen{}, false
		},
	},
	{
		Code: "entra_version", Reasons: []string{"unknown_issuer"},
		Cause: "The token is of the other version of Entra ID's token format than the issuer that is configured.",
		Fix:   "Set requestedAccessTokenVersion of the API's app registration to fit, or configure both issuers.",
		sees: nearIssuer(func(iss, configured string) bool {
			v1, v2 := strings.HasPrefix(iss, "https://sts.windows.net/"), strings.HasPrefix(iss, "https://login.microsoftonline.com/")
			return v1 && strings.HasPrefix(configured, "https://login.microsoftonline.com/") ||
				v2 && strings.HasPrefix(configured, "https://sts.windows.net/")
		}),
	},
	{
		Code: "multi_tenant_issuer", Reasons: []string{"unknown_issuer", "keys_unavailable"},
		Cause: "The configured issuer stands for many tenants, and no token has it for its iss.",
		Fix:   "Name the tenant, or write {tenantid} in its place and list the tenants you trust in Issuer.Tenants.",
		sees: func(c *Case) (seen, bool) {
			for _, configured := range c.Issuers {
				many := strings.Contains(configured, "{tenantid}") && c.Reason == "unknown_issuer"
				for _, word := range []string{"/common", "/organizations", "/consumers"} {
					many = many || strings.Contains(configured, word)
				}
				if many && IsEntra(configured) && IsEntra(c.text("iss")) {
					return seen{c.text("iss"), configured}, true
				}
			}
			return seen{}, false
		},
	},
	{
		Code: "adfs_issuer", Reasons: []string{"unknown_issuer"},
		Cause: "ADFS names another issuer in access tokens than in its discovery document.",
		Fix:   "Configure the discovery document's access_token_issuer as Issuer.URL, and the document as Issuer.DiscoveryURL.",
		sees: nearIssuer(func(iss, configured string) bool {
			return strings.HasSuffix(iss, "/adfs/services/trust") && strings.HasSuffix(strings.TrimSuffix(configured, "/"), "/adfs") &&
				host(iss) == host(configured)
		}),
	},
	{
		Code: "issuer_trailing_slash", Reasons: []string{"unknown_issuer"},
		Cause: "The token's iss and the configured issuer differ by a final slash only.",
		Fix:   "Set Issuer.URL to the token's iss, to the letter.",
		sees:  nearIssuer(differBySlash),
	},
	{
		Code: "issuer_scheme_or_case", Reasons: []string{"unknown_issuer"},
		Cause: "The token's iss and the configured issuer differ only by http and https, or by case.",
		Fix:   "Set Issuer.URL to the token's iss, to the letter.",
		sees:  nearIssuer(differBySchemeOrCase),
	},
	{
		Code: "issuer_other_host", Reasons: []string{"unknown_issuer"},
		Cause: "The token's iss has the path of the configured issuer under another host name, as Keycloak has without a fixed one.",
		Fix:   "Set the provider's public host name, or configure the issuer as it is and reach its keys by Issuer.DiscoveryURL.",
		sees: nearIssuer(func(iss, configured string) bool {
			if pathOf(iss) != pathOf(configured) { // as nearly always, and parsing is dear where there are a thousand
				return false
			}
			a, errA := url.Parse(iss)
			b, errB := url.Parse(configured)
			if errA != nil || errB != nil || a.Host == b.Host || a.Host == "" || b.Host == "" || a.Path != b.Path {
				return false
			}
			return len(a.Path) > 1 || isLoopback(a.Hostname()) && isLoopback(b.Hostname())
		}),
	},
}

// nearIssuer compares the token's iss with each that is configured.
func nearIssuer(near func(iss, configured string) bool) func(*Case) (seen, bool) {
	return func(c *Case) (seen, bool) {
		iss := c.text("iss")
		for _, configured := range c.Issuers {
			if iss != "" && iss != configured && near(iss, configured) {
				return seen{iss, configured}, true
			}
		}
		return seen{}, false
	}
}

// pathOf is what follows the host.
func pathOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	_, path, _ := strings.Cut(rest, "/")
	return path
}

func isLoopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

func differBySlash(a, b string) bool { return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/") }

func differBySchemeOrCase(a, b string) bool { return strings.EqualFold(secure(a), secure(b)) }

// secure writes https for http.
func secure(s string) string {
	if rest, plain := strings.CutPrefix(s, "http://"); plain {
		return "https://" + rest
	}
	return s
}

func host(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

func hostEnds(s string, domains ...string) bool {
	h := host(s)
	for _, d := range domains {
		if h == d || strings.HasSuffix(h, "."+d) {
			return true
		}
	}
	return false
}

// IsEntra tells an issuer of Entra ID, whose UserInfo is Microsoft Graph's.
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

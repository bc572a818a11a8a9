package hints

import (
	"net/netip"
	"slices"
	"strings"
)

// sharedDomains lists domains under which a product or a hoster gives each customer a name. Two names under one of
// them belong to different customers.
var sharedDomains = []string{
	"okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com", "auth0.com", "auth0app.com", "onelogin.com", "pingone.com", "pingone.eu",
	"b2clogin.com", "ciamlogin.com", "amazoncognito.com", "duosecurity.com", "jumpcloud.com", "cyberark.cloud", "identity.oraclecloud.com",
	"zitadel.cloud", "logto.app", "kinde.com", "fusionauth.io", "frontegg.com", "descope.com", "authkit.app", "clerk.accounts.dev",
	"oryapis.com", "cloud-iam.com", "phasetwo.io", "supabase.co", "cloudflareaccess.com", "my.salesforce.com", "fief.dev",
	"azurewebsites.net", "cloudapp.azure.com", "azurecontainerapps.io", "azure-api.net", "amazonaws.com", "cloudfront.net", "elasticbeanstalk.com",
	"run.app", "web.app", "firebaseapp.com", "appspot.com", "herokuapp.com", "github.io", "gitlab.io", "vercel.app", "netlify.app", "onrender.com",
	"fly.dev", "pages.dev", "workers.dev", "ngrok.io", "ngrok.app", "ngrok-free.app", "trycloudflare.com", "nip.io", "sslip.io", "duckdns.org",
}

// template stands for the tenant in an issuer of many tenants.
const template = "{tenantid}"

// tenant returns the product or domain that an issuer shares with other customers, and the id of its own tenant there. Both
// are empty if the host is not known to be shared.
func tenant(iss string) (shared, id string) {
	h := host(iss)
	switch {
	case IsEntra(iss):
		return "Entra ID", strings.ToLower(firstSegment(iss))
	case strings.HasPrefix(h, "cognito-idp."), h == "securetoken.google.com":
		return h, firstSegment(iss)
	}
	for _, domain := range sharedDomains {
		if strings.HasSuffix(h, "."+domain) {
			return domain, h
		}
	}
	return "", ""
}

// otherTenant returns the configured issuer of the token's product if every configured issuer of that product is
// another tenant.
func otherTenant(iss, tid string, issuers []string) (configured string, found bool) {
	shared, id := tenant(iss)
	if shared == "" {
		return "", false
	}
	for _, own := range issuers {
		if shared != "Entra ID" && !strings.Contains(own, shared) {
			continue // Parsing is slow if a thousand issuers are configured.
		}
		switch ownShared, ownID := tenant(own); {
		case ownShared != shared:
		case shared == "Entra ID" && !isGUID(ownID):
			if tid == "" || strings.ReplaceAll(own, template, tid) != iss || !strings.Contains(own, template) {
				return "", false // The issuer serves many tenants, or names its tenant by a domain.
			}
			configured, found = own, true // Issuer.Tenants does not list this tenant.
		case ownID == id:
			return "", false
		default:
			configured, found = own, true
		}
	}
	return configured, found
}

// entraVersionsDiffer reports whether one is the v1 issuer and the other the v2 issuer of the same trusted tenant.
func (c *Case) entraVersionsDiffer(iss, configured string) bool {
	const v1, v2 = "https://sts.windows.net/", "https://login.microsoftonline.com/"
	one, two := strings.HasPrefix(iss, v1), strings.HasPrefix(iss, v2)
	if !(one && strings.HasPrefix(configured, v2) || two && strings.HasPrefix(configured, v1)) {
		return false
	}
	own, named := firstSegment(configured), firstSegment(iss)
	if own == template {
		return c.Tenants == nil || slices.Contains(c.Tenants, named)
	}
	return strings.EqualFold(own, named)
}

// mayBeOneOperator reports whether both hosts may belong to the same operator, although no name proves it: one of
// them is an internal name or address, or they are siblings under a domain that is not known to be shared.
func mayBeOneOperator(iss, configured string, hasPath bool) bool {
	a, b := host(iss), host(configured)
	if a == "" || b == "" || a == b && origin(iss) == origin(configured) {
		return false
	}
	if !hasPath {
		return isLoopback(a) && isLoopback(b)
	}
	for _, address := range []string{iss, configured} {
		if shared, _ := tenant(address); shared != "" {
			return false
		}
	}
	return a == b || isInner(a) || isInner(b) || areSiblings(a, b)
}

func isLoopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// isInner reports whether a name or an address is internal to a network.
func isInner(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
	}
	return !strings.Contains(host, ".") || slices.ContainsFunc([]string{".local", ".internal", ".lan", ".localdomain", ".home.arpa", ".svc"},
		func(suffix string) bool { return strings.HasSuffix(host, suffix) })
}

// areSiblings reports whether two names differ only in their first label. It is false if their common domain belongs to a
// registry, such as co.uk.
func areSiblings(a, b string) bool {
	if _, err := netip.ParseAddr(a); err == nil {
		return false
	}
	_, parent, _ := strings.Cut(a, ".")
	_, other, _ := strings.Cut(b, ".")
	if parent != other && parent != b && other != a {
		return false
	}
	if len(other) > len(parent) {
		parent = other
	}
	second, top, _ := strings.Cut(parent, ".")
	return top != "" && (len(second) > 3 || len(top) > 2)
}

// firstSegment returns the first segment of the path.
func firstSegment(address string) string {
	segment, _, _ := strings.Cut(pathOf(address), "/")
	return segment
}

package hints

import "strings"

// product is a product that issues tokens. Its name begins the codes of the rules that concern it alone.
type product string

// The products that have a configuration in examples/providers.
const (
	entra     product = "entra"
	okta      product = "okta"
	keycloak  product = "keycloak"
	adfs      product = "adfs"
	auth0     product = "auth0"
	cognito   product = "cognito"
	google    product = "google"
	openIAM   product = "openiam"
	lemonLDAP product = "lemonldap"
	glewlwyd  product = "glewlwyd"
	hydra     product = "hydra"
	dex       product = "dex"
)

// product returns the product that seems to have issued the token, or "". It is a guess from the form of the issuer and from
// claims, so a hint that depends on it alone says "may".
func (c *Case) product() product {
	iss := c.text("iss")
	if iss == "" {
		iss = c.Issuer
	}
	if p := productOfHost(iss); p != "" {
		return p
	}
	if p := productOfPath(host(iss), pathOf(iss)); p != "" {
		return p
	}
	return c.productOfClaims()
}

// productOfHost knows the domains of products that are run by their vendor.
func productOfHost(iss string) product {
	switch {
	case IsEntra(iss), hostEnds(iss, "b2clogin.com"):
		return entra
	case isOkta(iss):
		return okta
	case hostEnds(iss, "auth0.com"):
		return auth0
	case strings.HasPrefix(host(iss), "cognito-idp."):
		return cognito
	case host(iss) == "accounts.google.com", iss == "accounts.google.com":
		return google
	}
	return ""
}

// productOfPath knows the paths that products have by default, and names that operators give to their hosts.
func productOfPath(host, path string) product {
	first, _, _ := strings.Cut(host, ".")
	switch path = strings.TrimSuffix(path, "/"); {
	case path == "adfs", strings.HasPrefix(path, "adfs/"):
		return adfs
	case strings.Contains(host, "openiam"), path == "idp", path == "idp/oauth2":
		return openIAM
	case strings.HasPrefix(strings.TrimPrefix(path, "auth/"), "realms/"):
		return keycloak
	case first == "glewlwyd", strings.HasSuffix(path, "api/oidc"):
		return glewlwyd
	case first == "hydra":
		return hydra
	case first == "dex", path == "dex":
		return dex
	}
	return ""
}

// productOfClaims knows claims that only one product writes.
func (c *Case) productOfClaims() product {
	jti := c.text("jti")
	switch {
	case strings.HasPrefix(jti, "AT."), strings.HasPrefix(jti, "ID."), c.has("cid", "uid"):
		return okta
	case c.has("gty"), strings.HasPrefix(c.text("sub"), "auth0|"):
		return auth0
	case c.has("cognito:username"), c.has("origin_jti"):
		return cognito
	case c.has("resource_access"), c.has("realm_access"):
		return keycloak
	case c.has("rat"):
		return hydra
	case c.has("federated_claims"):
		return dex
	case strings.HasPrefix(c.text("acr"), "loa-"):
		return lemonLDAP
	}
	return ""
}

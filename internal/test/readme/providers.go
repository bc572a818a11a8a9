package readme

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// The configuration that examples/providers/README.md shows for each product. The tests shapes_*_test.go of oidcauth run the same against tokens of
// their shape, and those of internal/test/integration run LemonLDAP and Glewlwyd against the products.
var (
	_ = []oidcauth.Issuer{entra, entraTenants, oktaCustom, keycloak, adfs, auth0, cognito, google, LemonLDAP, Glewlwyd, hydra, dex}
	_ = openIAM
)

var entra = oidcauth.Issuer{
	URL:      "https://login.microsoftonline.com/<tenant id>/v2.0", // v1 tokens: https://sts.windows.net/<tenant id>/
	Audience: []string{"<app id of the API>"},                      // v1 tokens: api://<app id of the API>
	Claims: oidcauth.ClaimRules{
		Checks: []claims.Check{claims.Equals(claims.Name("tid"), "<tenant id>")},
		User:   claims.Name("oid"),
		Name:   claims.Name("preferred_username"), // v1 tokens: upn
		Tenant: claims.Name("tid"),
	},
}

var entraTenants = oidcauth.Issuer{
	URL:      "https://login.microsoftonline.com/{tenantid}/v2.0",
	Tenants:  []string{"<tenant id>", "<another tenant id>"},
	Audience: []string{"<app id of the API>"},
	Claims:   oidcauth.ClaimRules{User: claims.Name("oid")},
}

var oktaCustom = oidcauth.Issuer{
	URL:      "https://corp.okta.com/oauth2/default", // never https://corp.okta.com alone
	Audience: []string{"api://default"},              // as the settings of the authorization server show it
	Claims:   oidcauth.ClaimRules{User: claims.Name("uid")},
}

var keycloak = oidcauth.Issuer{
	URL:      "https://id.corp.example/realms/shop",
	Audience: []string{"orders-api"}, // needs an audience mapper; never account
	Claims: oidcauth.ClaimRules{
		Checks: []claims.Check{claims.Equals(claims.Pointer("/realm_access/roles"), "clerk")},
		Name:   claims.Name("preferred_username"),
	},
}

var adfs = oidcauth.Issuer{
	URL:          "http://fs.corp.example/adfs/services/trust", // access_token_issuer of the discovery document
	DiscoveryURL: "https://fs.corp.example/adfs/.well-known/openid-configuration",
	Audience:     []string{"microsoft:identityserver:<client id of the API>"},
	Claims:       oidcauth.ClaimRules{User: claims.Name("upn")},
}

var auth0 = oidcauth.Issuer{
	URL:      "https://corp.eu.auth0.com/", // with the slash
	Audience: []string{"https://orders.corp.example"},
}

var cognito = oidcauth.Issuer{
	URL:                       "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E",
	ClientIDs:                 []string{"<app client id>"}, // access tokens have no aud
	ClientIDInsteadOfAudience: true,
	Claims:                    oidcauth.ClaimRules{User: claims.Name("username")},
}

var google = oidcauth.Issuer{
	URL:      "https://accounts.google.com", // ID tokens of service accounts; Google's access tokens are opaque
	Audience: []string{"https://orders.corp.example"},
	Claims:   oidcauth.ClaimRules{Checks: []claims.Check{claims.Equals(claims.Name("email_verified"), true)}},
}

// LemonLDAP is run by internal/test/integration/lemonldap.
var LemonLDAP = oidcauth.Issuer{
	URL:      "https://auth.corp.example/", // with the slash
	Audience: []string{"urn:orders"},       // an additional audience of the client; option "Access Token as JWT"
}

// Glewlwyd is run by internal/test/integration/glewlwyd.
var Glewlwyd = oidcauth.Issuer{
	URL:       "https://glewlwyd.corp.example/api/oidc",
	Audience:  []string{"https://orders.corp.example"}, // the resource; never the list of scopes, never the client
	ClientIDs: []string{"<client id>"},
}

var hydra = oidcauth.Issuer{
	URL:      "https://hydra.corp.example/",
	Audience: []string{"api://orders"}, // the client must ask for it; access token strategy jwt
	Claims:   oidcauth.ClaimRules{Checks: []claims.Check{claims.Equals(claims.Pointer("/ext/role"), "clerk")}},
}

var dex = oidcauth.Issuer{
	URL:                          "https://dex.corp.example",
	Audience:                     []string{"<client id>"},
	InsecureIDTokenAsAccessToken: true, // one JWT is both
}

func openIAM() (oidcauth.Issuer, error) {
	info, err := provider.New(provider.Config{Issuer: "https://openiam.corp.example/idp"})
	if err != nil {
		return oidcauth.Issuer{}, err
	}
	return oidcauth.Issuer{
		URL:      "https://openiam.corp.example/idp",
		Audience: []string{"<client id>"}, // switch "Send JWT Token as Access Token" off
		Claims: oidcauth.ClaimRules{
			User:     claims.Name("email"),
			UserInfo: info, // which has what the token lacks
		},
	}, nil
}

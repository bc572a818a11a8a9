package hints

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// claimMenders concern claims that are missing or wrong. The name of the claim is that of the configuration.
var claimMenders = map[string]mender{
	"claim_in_other_source": sets("issuer.Claims.UserInfoOnly = false", mend.Members{"claims": mend.Members{"userInfoOnly": false}}),
	"claim_path": one(func(c *Case) decision.Mend {
		return c.userIs(claims.Pointer("/" + strings.ReplaceAll(c.Claim, ".", "/")))
	}),
	"claim_not_pointer": one(func(c *Case) decision.Mend { return c.userIs(claims.Name(strings.TrimPrefix(c.Claim, "/"))) }),
	"claim_case": one(func(c *Case) decision.Mend {
		return c.userIs(claims.Name(c.trusted(c.similarClaim(func(name string) bool { return name != c.Claim && strings.EqualFold(name, c.Claim) }), "claim")))
	}),
	"claim_namespaced": one(func(c *Case) decision.Mend {
		return c.userIs(claims.Name(c.trusted(c.similarClaim(c.namespaces), "claim")))
	}),
	"claim_nested": one(func(c *Case) decision.Mend {
		return c.userIs(claims.Pointer("/" + pointerEscaper.Replace(c.trusted(c.similarClaim(c.contains), "claim")) + "/" + c.Claim))
	}),
	"claim_missing":       issuesClaim,
	"check_claim_missing": issuesClaim,
	"scope_not_requested": issuesClaim,
	"userinfo_not_configured": func(c *Case) []decision.Mend {
		return append(issuesClaim(c), usesUserInfo(c))
	},
	"entra_userinfo": func(c *Case) []decision.Mend {
		return append(issuesClaim(c), WithoutUserInfo(c.Issuer))
	},
	"entra_claim_missing": func(c *Case) []decision.Mend {
		if c.IsUserClaim && c.has("oid") {
			return append(issuesClaim(c), c.userIs(claims.Name("oid")))
		}
		return issuesClaim(c)
	},
	"okta_claim_missing":  issuesClaim,
	"adfs_claim_missing":  issuesClaim,
	"auth0_claim_missing": one(usesUserInfo),
	"okta_user_claim": func(c *Case) []decision.Mend {
		if c.IsUserClaim {
			return append(issuesClaim(c), c.userIs(claims.Name("uid")))
		}
		return issuesClaim(c)
	},
	"cognito_user_claim": one(func(c *Case) decision.Mend { return c.userIs(claims.Name("sub")) }),
	"introspection_without_subject": one(func(c *Case) decision.Mend {
		if !c.has("username") || c.Claim != "sub" {
			return decision.Mend{}
		}
		return c.userIs(claims.Name("username"))
	}),
	"userinfo_subject_claim": one(func(c *Case) decision.Mend {
		if !c.Verified {
			return decision.Mend{}
		}
		return SubjectIs(c.Issuer, claims.Name(mend.Value(c.UserInfo.Subject.Same, "claim")))
	}),
	"userinfo_scope": one(func(c *Case) decision.Mend {
		if c.configuredProduct() != keycloak {
			return decision.Mend{}
		}
		return c.keycloakScope(c.userInfoScope())
	}),
	"user_case_differs": one(func(*Case) decision.Mend {
		return mend.Command("SQL", "UPDATE <table> SET <value-column> = '<value as the provider issues it>' WHERE <id-column> = '<id>';")
	}),
	"user_disabled": one(func(*Case) decision.Mend {
		return mend.Command("SQL", "UPDATE <table> SET <enabling-column> = TRUE WHERE <id-column> = '<id>';")
	}),
}

// userIs names the user by another claim, if the missing claim is the one that names the user.
func (c *Case) userIs(p claims.Path) decision.Mend {
	if !c.IsUserClaim || p.Validate() != nil || mend.Value(p.String(), "") != p.String() && !strings.HasPrefix(p.String(), "<") {
		return decision.Mend{}
	}
	return mend.OfIssuer(c.Issuer, "issuer.Claims.User = "+goPath(p), mend.Members{"claims": mend.Members{"user": pathText(p)}})
}

// usesUserInfo fetches claims that the token lacks.
func usesUserInfo(c *Case) decision.Mend {
	return mend.OfIssuer(c.Issuer, `client, err := provider.New(provider.Config{Issuer: `+mend.Go(mend.Value(c.Issuer, "issuer"))+`}); if err != nil { return err }; issuer.Claims.UserInfo = client`,
		mend.Members{"claims": mend.Members{"userInfo": true}})
}

// WithoutUserInfo asks no UserInfo.
func WithoutUserInfo(issuer string) decision.Mend {
	return mend.OfIssuer(issuer, "issuer.Claims.UserInfo = nil", mend.Members{"claims": mend.Members{"userInfo": nil}})
}

// SubjectIs names the claim that must equal UserInfo's sub.
func SubjectIs(issuer string, p claims.Path) decision.Mend {
	return mend.OfIssuer(issuer, "issuer.Claims.UserInfoSubject = "+goPath(p), mend.Members{"claims": mend.Members{"userInfoSubject": pathText(p)}})
}

// issuesClaim has the product write the claim into access tokens.
func issuesClaim(c *Case) []decision.Mend {
	claim := mend.Word(strings.TrimPrefix(c.Claim, "/"), "claim")
	switch c.configuredProduct() {
	case keycloak:
		return []decision.Mend{c.keycloakMapper("oidc-usermodel-attribute-mapper", claim, map[string]any{"user.attribute": claim, "claim.name": claim, "jsonType.label": "String"})}
	case entra:
		body := mend.JSON(map[string]any{"accessToken": []any{map[string]any{"name": claim}}})
		return []decision.Mend{mend.Command("Entra ID", "az ad app update --id "+mend.Shell(c.entraApp())+" --optional-claims "+mend.Shell(body))}
	case okta:
		body := mend.JSON(map[string]any{"name": claim, "status": "ACTIVE", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "user." + claim})
		return []decision.Mend{mend.Command("Okta", "curl -X POST "+mend.Shell(c.oktaServer()+"/claims")+` -H "Authorization: SSWS $OKTA_API_TOKEN" -H 'Content-Type: application/json' -d `+mend.Shell(body))}
	case adfs:
		return []decision.Mend{c.adfsRule(claim)}
	}
	return nil
}

// oktaServer returns the URL of the authorization server in Okta's API.
func (c *Case) oktaServer() string {
	return origin(mend.Word(c.Issuer, "https://okta-domain")) + "/api/v1/authorizationServers/" + mend.Word(strings.TrimPrefix(pathOf(c.Issuer), "oauth2/"), "authorization-server")
}

// adfsRule adds an issuance transform rule to the Web API, beside its other rules.
func (c *Case) adfsRule(claim string) decision.Mend {
	api := mend.PowerShell(c.api())
	attribute := map[string]string{"email": "mail", "upn": "userPrincipalName", "given_name": "givenName", "family_name": "sn", "name": "displayName"}[claim]
	if attribute == "" {
		attribute = "<attribute of Active Directory>"
	}
	rule := ` c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname", Issuer == "AD AUTHORITY"] => issue(store = "Active Directory", types = ("` +
		claim + `"), query = ";` + attribute + `;{0}", param = c.Value);`
	return mend.Command("ADFS", "Set-AdfsWebApiApplication -TargetIdentifier "+api+" -IssuanceTransformRules ((Get-AdfsWebApiApplication -Identifier "+api+").IssuanceTransformRules + "+mend.PowerShell(rule)+")")
}

// namespaces and contains say how a claim of the token is the missing one.
func (c *Case) namespaces(name string) bool {
	prefix, ok := strings.CutSuffix(name, c.Claim)
	return ok && (strings.HasSuffix(prefix, "/") || strings.HasSuffix(prefix, ":"))
}

func (c *Case) contains(name string) bool {
	v, _ := c.Claims.Get(name)
	o, _ := v.Object()
	return !strings.HasPrefix(name, "_") && o.Has(c.Claim) // _claim_names refers to claims that are elsewhere.
}

// keycloakScope makes a scope one of the scopes that the client may request.
func (c *Case) keycloakScope(scope string) decision.Mend {
	if scope == "" {
		return decision.Mend{}
	}
	scope = mend.Word(scope, "scope")
	body := mend.JSON(map[string]any{"name": scope, "protocol": "openid-connect", "attributes": map[string]any{"include.in.token.scope": "true"}})
	realm := mend.Shell(c.realm())
	return mend.Command("Keycloak", "kcadm.sh create client-scopes -r "+realm+" -b "+mend.Shell(body)+"; kcadm.sh update clients/"+c.keycloakClient(c.clientID())+
		`/optional-client-scopes/"$(kcadm.sh get client-scopes -r `+realm+` --fields id,name --format csv --noquotes | grep `+mend.Shell(","+scope+"$")+` | cut -d, -f1)" -r `+realm)
}

// firstOf returns the first element, or a placeholder.
func firstOf(list []string, name string) string {
	if i := slices.IndexFunc(list, isUsable); i >= 0 {
		return mend.Word(list[i], name)
	}
	return mend.Placeholder(name)
}

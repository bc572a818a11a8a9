package hints

import (
	"strings"

	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// issuerMenders concern tokens of an issuer that is not configured. No such token is verified, so every value comes from the configured
// issuer.
var issuerMenders = map[string]mender{
	"issuer_trailing_slash": one(func(c *Case) decision.Mend {
		if own := c.nearest(differBySlash); isUsable(own) {
			return renamed(otherSlash(own), "")
		}
		return decision.Mend{}
	}),
	"issuer_scheme_or_case": func(c *Case) []decision.Mend {
		own := c.nearest(differBySchemeOrCase)
		rest, plain := strings.CutPrefix(own, "http://")
		switch iss := c.text("iss"); {
		case !isUsable(own):
			return nil
		case plain && strings.HasPrefix(iss, "https://"):
			return []decision.Mend{renamed("https://"+rest, "")}
		case isRealm(own):
			return []decision.Mend{keycloakHost(own)}
		}
		return nil
	},
	"keycloak_path": one(func(c *Case) decision.Mend {
		own := c.nearest(differByKeycloakPath)
		if !isUsable(own) {
			return decision.Mend{}
		}
		path := pathOf(own)
		if rest, old := strings.CutPrefix(path, "auth/"); old {
			return renamed(origin(own)+"/"+rest, "")
		}
		return renamed(origin(own)+"/auth/"+path, "")
	}),
	"issuer_other_host": one(func(c *Case) decision.Mend {
		path := pathOf(c.text("iss"))
		if own := c.nearest(func(iss, own string) bool { return path == pathOf(own) && mayBeOneOperator(iss, own, path != "") }); isRealm(own) && isUsable(own) {
			return keycloakHost(own)
		}
		return decision.Mend{}
	}),
	"entra_version": func(c *Case) []decision.Mend {
		own := c.nearest(c.entraVersionsDiffer)
		if !isUsable(own) {
			return nil
		}
		version, other := "1", "https://login.microsoftonline.com/"+firstSegment(own)+"/v2.0"
		if strings.HasPrefix(own, "https://login.") {
			version, other = "2", "https://sts.windows.net/"+firstSegment(own)+"/"
		}
		return []decision.Mend{entraVersion(version, c.entraApp()), renamed(other, "")}
	},
	"multi_tenant_issuer": one(func(c *Case) decision.Mend {
		return renamed("https://login.microsoftonline.com/<tenant-id>/v2.0", "")
	}),
	"entra_tenant_name": one(func(c *Case) decision.Mend {
		return renamed("https://login.microsoftonline.com/<tenant-id>/v2.0", "")
	}),
	"adfs_issuer": one(func(c *Case) decision.Mend {
		own := c.nearest(func(iss, own string) bool {
			return strings.HasSuffix(strings.TrimSuffix(own, "/"), "/adfs") && host(iss) == host(own)
		})
		if !isUsable(own) {
			return decision.Mend{}
		}
		return renamed("http://"+host(own)+"/adfs/services/trust", strings.TrimSuffix(own, "/")+"/.well-known/openid-configuration")
	}),
	"cognito_hosted_domain": func(c *Case) []decision.Mend {
		for _, own := range c.Issuers {
			prefix, region, ok := strings.Cut(strings.TrimSuffix(host(own), ".amazoncognito.com"), ".auth.")
			if ok && hostEnds(own, "amazoncognito.com") {
				region = mend.Word(region, "region")
				return []decision.Mend{
					mend.Command("Amazon Cognito", "aws cognito-idp describe-user-pool-domain --region "+mend.Shell(region)+" --domain "+mend.Shell(mend.Word(prefix, "domain"))+" --query DomainDescription.UserPoolId --output text"),
					renamed("https://cognito-idp."+region+".amazonaws.com/<user-pool-id>", ""),
				}
			}
		}
		return nil
	},
}

func isRealm(iss string) bool { return productOfPath(host(iss), pathOf(iss)) == keycloak }

// keycloakHost lets Keycloak write the configured host name into its tokens.
func keycloakHost(own string) decision.Mend {
	root, _, _ := strings.Cut(own, "/realms/")
	return mend.Command("Keycloak", "bin/kc.sh start --hostname="+mend.Shell(root)+" --proxy-headers=xforwarded")
}

// entraVersion sets the version of an API's access tokens.
func entraVersion(version, app string) decision.Mend {
	return mend.Command("Entra ID", "az rest --method PATCH --url "+mend.Shell("https://graph.microsoft.com/v1.0/applications(appId='"+app+"')")+
		" --headers Content-Type=application/json --body "+mend.Shell(`{"api":{"requestedAccessTokenVersion":`+version+`}}`))
}

// entraApp returns the client id of this API's app registration, which is often its audience.
func (c *Case) entraApp() string {
	for _, aud := range c.Audience {
		if id := strings.TrimPrefix(aud, "api://"); isGUID(id) {
			return mend.Word(id, "client-id-of-this-api")
		}
	}
	return mend.Placeholder("client-id-of-this-api")
}

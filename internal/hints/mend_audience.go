package hints

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// audienceMenders concern the audience and the client of a token. What the token names as its audience may be another API, so it is
// configured only if it is another spelling of a configured audience.
var audienceMenders = map[string]mender{
	"entra_audience_form": one(func(c *Case) decision.Mend {
		return c.accepts(func(own string) string {
			if id, long := strings.CutPrefix(own, "api://"); long {
				return id
			}
			return "api://" + own
		})
	}),
	"adfs_audience": one(func(c *Case) decision.Mend {
		return c.accepts(func(own string) string { return "microsoft:identityserver:" + own })
	}),
	"audience_trailing_slash": one(func(c *Case) decision.Mend { return c.accepts(otherSlash) }),
	"audience_scheme_or_case": one(func(c *Case) decision.Mend {
		if !c.Verified {
			return decision.Mend{}
		}
		return c.accepts(func(own string) string {
			if i := slices.IndexFunc(c.audience(), func(aud string) bool { return differBySchemeOrCase(aud, own) }); i >= 0 {
				return c.audience()[i]
			}
			return own
		})
	}),
	"okta_audience": one(func(c *Case) decision.Mend { return c.withAudience("api://default") }),
	"client_configured_as_audience": one(func(c *Case) decision.Mend {
		api := mend.Placeholder("api-identifier")
		return mend.OfIssuer(c.Issuer, "issuer.Audience = "+mend.GoList([]string{api}), mend.Members{"audience": []string{api}})
	}),
	"keycloak_audience":      one(keycloakAudience),
	"wrong_audience":         requestsAPI,
	"audience_is_client":     requestsAPI,
	"audience_empty":         requestsAPI,
	"audience_is_userinfo":   requestsAPI,
	"audience_is_scopes":     requestsAPI,
	"auth0_without_audience": requestsAPI,
	"audience_missing": func(c *Case) []decision.Mend {
		if found := requestsAPI(c); found != nil {
			return found
		}
		return clientForAudience(c)
	},
	"cognito_without_audience":       clientForAudience,
	"introspection_without_audience": clientForAudience,
	"introspected_jwt_audience":      sets("issuer.Introspection.AudienceOfJWT = true", mend.Members{"introspection": mend.Members{"audienceOfJWT": true}}),
	"unauthorized_party": one(func(c *Case) decision.Mend {
		list := added(c.ClientIDs, c.clientID())
		return mend.OfIssuer(c.Issuer, "issuer.ClientIDs = append(issuer.ClientIDs, "+mend.Go(c.clientID())+")", mend.Members{"clientIDs": list})
	}),
}

// accepts adds another spelling of the configured audience that a value of the token's aud has.
func (c *Case) accepts(spelling func(configured string) string) decision.Mend {
	for _, own := range c.Audience {
		if other := spelling(own); other != own && slices.Contains(c.audience(), other) {
			return c.withAudience(other)
		}
	}
	return decision.Mend{}
}

// withAudience adds a configured audience.
func (c *Case) withAudience(aud string) decision.Mend {
	if !isUsable(aud) {
		return decision.Mend{}
	}
	return mend.OfIssuer(c.Issuer, "issuer.Audience = append(issuer.Audience, "+mend.Go(aud)+")", mend.Members{"audience": added(c.Audience, aud)})
}

// clientForAudience accepts tokens without aud by their client. A token whose aud is null has an aud.
func clientForAudience(c *Case) []decision.Mend {
	if c.client() == "" || c.has("aud") {
		return nil
	}
	id := c.clientID()
	return []decision.Mend{mend.OfIssuer(c.Issuer,
		"issuer.ClientIDInsteadOfAudience = true; issuer.ClientIDs = append(issuer.ClientIDs, "+mend.Go(id)+")",
		mend.Members{"clientIDInsteadOfAudience": true, "clientIDs": added(c.ClientIDs, id)})}
}

// requestsAPI has the provider write this API into aud.
func requestsAPI(c *Case) []decision.Mend {
	switch api := c.api(); c.configuredProduct() {
	case keycloak:
		return []decision.Mend{keycloakAudience(c)}
	case auth0:
		return []decision.Mend{mend.Command("Auth0", "auth0 apis create --name "+mend.Shell(api)+" --identifier "+mend.Shell(api)+" && auth0 test token '<client-id>' --audience "+mend.Shell(api))}
	case adfs:
		return []decision.Mend{mend.Command("ADFS", "Add-AdfsWebApiApplication -ApplicationGroupIdentifier '<application-group>' -Name "+mend.PowerShell(api)+" -Identifier "+mend.PowerShell(api)+" -AccessControlPolicyName 'Permit everyone'")}
	case hydra:
		return []decision.Mend{mend.Command("ORY Hydra", "curl -X PATCH "+mend.Shell("<admin-url>/admin/clients/"+mend.Word(c.clientID(), "client-id"))+" -H 'Content-Type: application/json' -d "+mend.Shell(mend.JSON([]any{map[string]any{"op": "add", "path": "/audience/-", "value": api}})))}
	case entra:
		return []decision.Mend{mend.Command("Entra ID", "az ad app update --id "+mend.Shell(c.entraApp())+" --identifier-uris "+mend.Shell(api))}
	}
	if sub := c.text("sub"); c.Verified && strings.HasPrefix(sub, "system:serviceaccount:") {
		space, account, _ := strings.Cut(strings.TrimPrefix(sub, "system:serviceaccount:"), ":")
		return []decision.Mend{mend.Command("Kubernetes", "kubectl create token "+mend.Shell(mend.Word(account, "service-account"))+" --namespace "+mend.Shell(mend.Word(space, "namespace"))+" --audience "+mend.Shell(c.api()))}
	}
	return nil
}

// configuredProduct is the product of the configured issuer, which no sender chooses.
func (c *Case) configuredProduct() product {
	iss := c.Issuer
	if iss == "" && len(c.Issuers) == 1 {
		iss = c.Issuers[0]
	}
	if p := productOfHost(iss); p != "" {
		return p
	}
	if p := productOfPath(host(iss), pathOf(iss)); p != "" || !c.Verified {
		return p
	}
	return c.productOfClaims()
}

// realm returns the realm of the configured issuer.
func (c *Case) realm() string {
	_, realm, _ := strings.Cut(c.Issuer, "/realms/")
	return mend.Word(strings.TrimSuffix(realm, "/"), "realm")
}

// keycloakClient is the command that returns Keycloak's own id of a client.
func (c *Case) keycloakClient(id string) string {
	return `"$(kcadm.sh get clients -r ` + mend.Shell(c.realm()) + " -q " + mend.Shell("clientId="+id) + ` --fields id --format csv --noquotes)"`
}

// keycloakAudience adds an audience mapper to the client.
func keycloakAudience(c *Case) decision.Mend {
	return c.keycloakMapper("oidc-audience-mapper", "audience "+c.api(), map[string]any{"included.custom.audience": c.api()})
}

// keycloakMapper adds a protocol mapper for access tokens to the token's client.
func (c *Case) keycloakMapper(mapper, name string, config map[string]any) decision.Mend {
	config["access.token.claim"], config["introspection.token.claim"] = "true", "true"
	body := mend.JSON(map[string]any{"name": name, "protocol": "openid-connect", "protocolMapper": mapper, "config": config})
	return mend.Command("Keycloak", "kcadm.sh create clients/"+c.keycloakClient(c.clientID())+"/protocol-mappers/models -r "+mend.Shell(c.realm())+" -b "+mend.Shell(body))
}

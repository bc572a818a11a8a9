package hints

import (
	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// loginMenders concern logins and sessions. Only settings of an Issuer are written in Go: a program makes its login.Config and its
// provider.Client in its own way.
var loginMenders = map[string]mender{
	"id_token_client_id": one(func(c *Case) decision.Mend {
		return mend.OfIssuer(c.Issuer, "", mend.Members{"client": mend.Members{"clientID": ownClientID}})
	}),
	"login_client_refused": ownClient,
	"id_token_acr":         one(readsACR),
	"id_token_auth_time":   one(readsAuthTime),

	"session_acr_not_stated":       one(readsACR),
	"session_auth_time_not_stated": one(readsAuthTime),

	"id_token_max_age": one(func(c *Case) decision.Mend {
		return mend.OfIssuer(c.Issuer, "", mend.Members{"login": mend.Members{"prompt": "login"}})
	}),
	"id_token_clock": clockDiffers("iat", "nbf"),
	"issuer_slash": one(func(c *Case) decision.Mend {
		if !isUsable(c.Issuer) {
			return decision.Mend{}
		}
		return renamed(otherSlash(c.Issuer), "")
	}),
	"login_issuer_mismatch": one(func(*Case) decision.Mend { return renamed(mend.Placeholder("issuer"), "") }),
	"claim_not_in_id_token": func(c *Case) []decision.Mend {
		if c.UserInfo.Configured {
			return nil
		}
		return []decision.Mend{usesUserInfo(c)}
	},
	"attempt_unknown": func(*Case) []decision.Mend {
		return []decision.Mend{mend.OfConfig("", mend.Members{"login": mend.Members{"publicURL": "<public-url>"}})}
	},
	"state_mismatch": func(*Case) []decision.Mend {
		return []decision.Mend{mend.OfConfig("", mend.Members{"login": mend.Members{"keys": []any{mend.Members{"file": "<file-that-all-replicas-have>"}}}})}
	},
	"session_too_large": func(*Case) []decision.Mend {
		return []decision.Mend{mend.OfConfig("", mend.Members{"login": mend.Members{"sessions": mend.Members{"inCookie": false}}})}
	},
}

const ownClientID = "<client-id-of-this-service>"

// ownClient returns the client id and the secret of this service as a client, and the other way to send the secret.
func ownClient(c *Case) []decision.Mend {
	return []decision.Mend{
		mend.OfIssuer(c.Issuer, "", mend.Members{"client": mend.Members{"clientID": ownClientID, "auth": mend.Members{"secret": mend.Members{"env": "CLIENT_SECRET"}}}}),
		mend.OfIssuer(c.Issuer, "", mend.Members{"client": mend.Members{"auth": mend.Members{"rawBasic": true}}}),
	}
}

func readsACR(c *Case) decision.Mend { return c.claimIs("ACR", "acr", c.usualACR()) }

func readsAuthTime(c *Case) decision.Mend {
	return c.claimIs("AuthTime", "authTime", mend.Placeholder("claim"))
}

// claimIs reads a value from another claim. Field and member are its names in Issuer.Claims and in claims.
func (c *Case) claimIs(field, member, claim string) decision.Mend {
	return mend.OfIssuer(c.Issuer, "issuer.Claims."+field+" = claims.Name("+mend.Go(claim)+")", mend.Members{"claims": mend.Members{member: claim}})
}

// usualACR returns the claim in which the product states the authentication context, if it is not acr.
func (c *Case) usualACR() string {
	if c.configuredProduct() == entra {
		return "acrs"
	}
	return mend.Placeholder("claim")
}

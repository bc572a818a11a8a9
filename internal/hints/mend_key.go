package hints

import (
	"fmt"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// discovered gets the keys from the provider's discovery document.
func discovered(c *Case) decision.Mend {
	return mend.OfIssuer(c.Issuer, "issuer.Keys = certsource.Discovered{}", mend.Members{"keys": []any{map[string]any{"discovered": map[string]any{}}}})
}

// keyMenders concern keys and algorithms. No mend adds a key or an algorithm because a token names it.
var keyMenders = map[string]mender{
	"key_not_renewed": one(func(c *Case) decision.Mend {
		if !strings.HasPrefix(c.Issuer, "https://") {
			return decision.Mend{}
		}
		return discovered(c)
	}),
	"keys_spiffe":          one(jwtSVID),
	"algorithm_not_listed": sets("issuer.Algorithms = nil", mend.Members{"algorithms": nil}),
	"symmetric_algorithm":  one(keycloakAlgorithm),
	"algorithm_refused":    one(keycloakAlgorithm),
	"entra_app_key": one(func(c *Case) decision.Mend {
		if !isUsable(c.Issuer) {
			return decision.Mend{}
		}
		url := strings.TrimSuffix(c.Issuer, "/") + "/.well-known/openid-configuration?appid=" + c.entraApp()
		return mend.OfIssuer(c.Issuer, "issuer.DiscoveryURL = "+mend.Go(url), mend.Members{"discoveryURL": url})
	}),
	"clock_differs":    clockDiffers("nbf"),
	"issued_in_future": one(func(*Case) decision.Mend { return synchronises }),
	"opaque_token":     one(introspects),
	"certificate_unknown": func(c *Case) []decision.Mend {
		out := []decision.Mend{}
		if strings.HasPrefix(c.Issuer, "https://kubernetes.default.svc") {
			out = append(out, mend.Command("Kubernetes", `kubectl get configmap kube-root-ca.crt --output 'jsonpath={.data.ca\.crt}' > provider-ca.pem`))
		}
		return append(out, TrustsAuthority(c.Issuer))
	},
}

func jwtSVID(c *Case) decision.Mend {
	const url = "<url-of-the-keys>"
	return mend.OfIssuer(c.Issuer, "issuer.Keys = certsource.JWKS{URL: "+mend.Go(url)+", JWTSVID: true}",
		mend.Members{"keys": []any{map[string]any{"jwks": map[string]any{"url": url, "jwtSVID": true}}}})
}

// keycloakAlgorithm has a realm sign with a key pair.
func keycloakAlgorithm(c *Case) decision.Mend {
	if c.configuredProduct() != keycloak {
		return decision.Mend{}
	}
	return mend.Command("Keycloak", "kcadm.sh update realms/"+mend.Shell(c.realm())+" -s defaultSignatureAlgorithm=RS256")
}

// introspects has this service ask the provider about opaque tokens.
func introspects(c *Case) decision.Mend {
	iss := c.Issuer
	if iss == "" && len(c.Issuers) == 1 {
		iss = c.Issuers[0]
	}
	iss = mend.Value(iss, "issuer")
	return mend.OfIssuer(iss,
		`client, err := provider.New(provider.Config{Issuer: `+mend.Go(iss)+`, ClientID: "<client-id-of-this-api>", Auth: provider.Auth{Secret: os.Getenv("CLIENT_SECRET")}}); if err != nil { return err }; issuer.Introspection.Client = client`,
		mend.Members{
			"client":        mend.Members{"clientID": "<client-id-of-this-api>", "auth": mend.Members{"secret": mend.Members{"env": "CLIENT_SECRET"}}},
			"introspection": mend.Members{"client": true},
		})
}

// TrustsAuthority trusts the certificate authority in a file, which an operator gets from the provider's operator.
func TrustsAuthority(issuer string) decision.Mend {
	const file = "provider-ca.pem"
	return mend.OfIssuer(issuer,
		`authority, err := os.ReadFile(`+mend.Go(file)+`); if err != nil { return err }; client, err := provider.HTTPClient(provider.Trust{CAs: string(authority)}); if err != nil { return err }; issuer.HTTPClient = client`,
		mend.Members{"trust": mend.Members{"cas": mend.Members{"file": file}}})
}

var synchronises = mend.Command("", "timedatectl set-ntp true && chronyc makestep")

// clockDiffers synchronises the clock and, if the token is verified, allows for the difference to these times.
func clockDiffers(times ...string) mender {
	return func(c *Case) []decision.Mend {
		ahead := time.Duration(0)
		for _, name := range times {
			if start, ok := c.date(name); ok && c.Verified {
				ahead = max(ahead, (start.Sub(c.Now)/time.Minute+1)*time.Minute)
			}
		}
		if ahead == 0 || ahead > clockDrift {
			return []decision.Mend{synchronises}
		}
		return []decision.Mend{synchronises, mend.OfIssuer(c.Issuer, "issuer.Leeway = oidcauth.Exactly("+fmt.Sprintf("%d*time.Minute", ahead/time.Minute)+")", mend.Members{"leeway": ahead.String()})}
	}
}

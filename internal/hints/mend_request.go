package hints

import (
	"fmt"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// requestMenders concern the header with the token, and the header of the token.
var requestMenders = map[string]mender{
	"alb_data": func(c *Case) []decision.Mend {
		return []decision.Mend{readsHeader("X-Amzn-Oidc-Accesstoken"), loadBalancer(c)}
	},
	"alb_access_token": one(func(*Case) decision.Mend { return readsHeader("X-Amzn-Oidc-Data") }),
	"alb_other_signer": one((*Case).expectsHeader),
	"alb_other_client": one((*Case).expectsHeader),
	"header_refused":   one((*Case).expectsHeader),
}

// loadBalancer accepts the tokens that the operator's own load balancer of AWS makes.
func loadBalancer(c *Case) decision.Mend {
	return mend.OfIssuer(c.Issuer, "", mend.Members{"preset": "aws-alb", "parameters": mend.Members{
		"region": "<region>", "signer": "<signer>", "client": "<client>", "issuer": mend.Value(c.Issuer, "issuer"),
	}})
}

// readsHeader reads the token from another header of the request.
func readsHeader(name string) decision.Mend {
	return mend.OfConfig("config.Credentials.Header = "+mend.Go(name), mend.Members{"credentials": mend.Members{"header": name}})
}

// expectsHeader compares the refused member of the token's header with a value that the operator knows. The other checks stay.
func (c *Case) expectsHeader() decision.Mend {
	at := slices.IndexFunc(c.HeaderChecks, func(check claims.Check) bool {
		paths := check.Paths()
		return len(paths) == 1 && paths[0].String() == c.Claim
	})
	if at < 0 || len(c.HeaderChecks) > maxMended {
		return decision.Mend{}
	}
	path, value := c.HeaderChecks[at].Paths()[0], mend.Placeholder(mend.Word(strings.TrimPrefix(c.Claim, "/"), "value"))
	list := slices.Clone(c.HeaderChecks)
	list[at] = claims.Equals(path, value)
	texts := make([]string, 0, len(list))
	for _, check := range list {
		text, err := check.MarshalText()
		if err != nil || !isUsable(string(text)) {
			return decision.Mend{}
		}
		texts = append(texts, string(text))
	}
	return mend.OfIssuer(c.Issuer, fmt.Sprintf("issuer.HeaderChecks[%d] = claims.Equals(%s, %s)", at, goPath(path), mend.Go(value)), mend.Members{"headerChecks": texts})
}

package hints

import (
	"maps"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// mender returns the changes that may remove the cause of a rule. It must not use a value that a sender chose: of an unverified token it
// uses nothing, and no mend weakens a check.
type mender func(*Case) []decision.Mend

// menders contains the menders by the code of their rule.
var menders = collect(issuerMenders, audienceMenders, keyMenders, claimMenders, roleMenders, serviceMenders, loginMenders, requestMenders, workloadMenders)

func collect(tables ...map[string]mender) map[string]mender {
	all := map[string]mender{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// Mendable returns the codes of the rules that may have a mend, sorted.
func Mendable() []string { return slices.Sorted(maps.Keys(menders)) }

// maxMended is the length of the longest list that a mend repeats.
const maxMended = 20

func mendsOf(code string, c *Case) []decision.Mend {
	if m := menders[code]; m != nil && len(c.Audience) <= maxMended && len(c.ClientIDs) <= maxMended {
		return m(c)
	}
	return nil
}

// one returns a mender whose only change is that of the function.
func one(change func(*Case) decision.Mend) mender {
	return func(c *Case) []decision.Mend {
		if m := change(c); m != (decision.Mend{}) {
			return []decision.Mend{m}
		}
		return nil
	}
}

// sets changes one setting of the issuer to a constant.
func sets(statements string, members mend.Members) mender {
	return one(func(c *Case) decision.Mend { return mend.OfIssuer(c.Issuer, statements, members) })
}

// trusted returns a text of a token if the provider stated it, and otherwise a placeholder.
func (c *Case) trusted(value, name string) string {
	if !c.Verified {
		return mend.Placeholder(name)
	}
	return mend.Value(value, name)
}

// api returns the identifier of this API.
func (c *Case) api() string {
	if len(c.Audience) == 0 {
		return mend.Placeholder("api-identifier")
	}
	return mend.Value(c.Audience[0], "api-identifier")
}

// clientID returns the client of the token.
func (c *Case) clientID() string { return c.trusted(c.client(), "client-id") }

// added returns a list with one more element.
func added(list []string, element string) []string {
	if slices.Contains(list, element) {
		return list
	}
	return append(slices.Clone(list), element)
}

// pathText returns the text of a claim in a settings document. Its Go form names it exactly.
func pathText(p claims.Path) string {
	text, err := p.MarshalText()
	if err != nil {
		return ""
	}
	return string(text)
}

func goPath(p claims.Path) string {
	if p == claims.Name(p.String()) {
		return "claims.Name(" + mend.Go(p.String()) + ")"
	}
	return "claims.Pointer(" + mend.Go(p.String()) + ")"
}

// nearest returns the configured issuer to which the token's iss is near.
func (c *Case) nearest(near func(iss, configured string) bool) string {
	found, ok := nearIssuer(near)(c)
	if !ok {
		return ""
	}
	return found.expected
}

// renamed changes the URL of the issuer, and that of its discovery document if it is not empty.
func renamed(issuer, discovery string) decision.Mend {
	statements, members := "issuer.URL = "+mend.Go(issuer), mend.Members{}
	if discovery != "" {
		statements += "; issuer.DiscoveryURL = " + mend.Go(discovery)
		members["discoveryURL"] = discovery
	}
	return mend.OfIssuer(issuer, statements, members)
}

// isUsable reports whether a configured text can be repeated.
func isUsable(s string) bool { return s != "" && mend.Value(s, "") == s }

// otherSlash removes the final slash, or adds one.
func otherSlash(s string) string {
	if without, ok := strings.CutSuffix(s, "/"); ok {
		return without
	}
	return s + "/"
}

package oidcauth

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

func tellToken(t *attempt) string {
	if t.form == opaque {
		return "to be asked about at " + t.issuer.URL
	}
	return fmt.Sprintf("a signed JWT of %d claims", len(t.token.Claims.Names()))
}

func tellHeaderType(t *attempt) string {
	if typ := t.token.Header.Type; typ != "" {
		return "header typ " + strconv.Quote(typ)
	}
	return "no header typ"
}

func tellIssuer(t *attempt) string {
	text := strconv.Quote(clip(t.text("iss")))
	if t.tenant != "" {
		text += " is " + t.issuer.URL + " for tenant " + strconv.Quote(t.tenant)
	}
	return text
}

func tellAlgorithm(t *attempt) string { return t.token.Header.Algorithm }

func tellAge(*attempt) string { return "exp is not long past" }

func tellKeys(t *attempt) string {
	q := t.keyQuery()
	return fmt.Sprintf("%d key(s) for kid %q, alg %s, of %s", len(t.keys), clip(q.KeyID), q.Algorithm, strings.Join(t.keysFrom(), ", then of "))
}

// keysFrom are the sources of the keys that are tried, in order.
func (t *attempt) keysFrom() []string {
	if len(t.keys) == 0 {
		return []string{orUnnamed("")}
	}
	var out []string
	for _, k := range t.keys {
		if s := orUnnamed(k.Source); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func orUnnamed(source string) string {
	if source == "" {
		return "a source of the service's own"
	}
	return source
}

func tellSignature(t *attempt) string {
	text := "verified"
	if id := t.key().ID; id != "" {
		text += " with key " + strconv.Quote(clip(id))
	}
	if len(t.keysFrom()) > 1 {
		text += " of " + orUnnamed(t.key().Source)
	}
	return text
}

func tellNotRevoked(*attempt) string { return "not revoked" }

func tellClass(*attempt) string { return "an access token" }

func tellSubject(t *attempt) string {
	if t.text("sub") == "" {
		return "no sub: the token of a machine, perhaps"
	}
	return "sub is there"
}

func tellTime(t *attempt) string {
	if t.expiry.IsZero() {
		return "introspection names no exp"
	}
	return fmt.Sprintf("exp %s, now %s, leeway %s", stamp(t.expiry), stamp(t.now), t.rules().leeway)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func tellAudience(t *attempt) string {
	if t.issuer.InsecureSkipAudience {
		return "not compared (InsecureSkipAudience)"
	}
	v, ok := t.token.Claims.Get("aud")
	if !ok && t.issuer.AudienceOfIntrospectedJWT && t.namesThisAPI() {
		return "aud of the token itself, whose signature is verified, since introspection names none"
	}
	if !ok && t.form == opaque && (t.issuer.InsecureIntrospectionWithoutAudience || t.issuer.InsecureOpaqueByUserInfo) {
		return "no aud, which is not required of an opaque token here (Insecure…)"
	}
	if !ok {
		return "no aud; the client is compared instead"
	}
	return "aud " + clip(v.Raw())
}

func tellParty(t *attempt) string {
	if t.issuer.ClientIDs == nil {
		return "any client may have asked for the token"
	}
	return "its client is in ClientIDs"
}

func tellConfirmation(t *attempt) string {
	if t.has("cnf") {
		return "cnf is ignored (InsecureIgnoreConfirmation)"
	}
	return "not bound to a key"
}

func tellClaims(t *attempt) string {
	if len(t.issuer.needed) == 0 {
		return "none is needed"
	}
	return "all that are needed are there"
}

func tellChecks(t *attempt) string {
	parts := make([]string, 0, len(t.issuer.Checks))
	for _, c := range t.issuer.Checks {
		parts = append(parts, c.String())
	}
	if len(parts) == 0 {
		return "none is configured"
	}
	return strings.Join(parts, "; ")
}

func tellUser(t *attempt) string {
	if t.auth.config.ShowClaimValues {
		return "user " + strconv.Quote(t.user.ID)
	}
	return "exactly one enabled user has this value of " + t.issuer.Search.String()
}

// keySources tells of every source in order, if it can.
func (t *attempt) keySources() []decision.KeySource {
	r, ok := t.issuer.keys.(certsource.Reporter)
	if !ok {
		return []decision.KeySource{{Source: orUnnamed("")}}
	}
	var out []decision.KeySource
	for _, report := range r.Report() {
		out = append(out, sourceOf(report))
	}
	return out
}

func sourceOf(r certsource.Report) decision.KeySource {
	k := decision.KeySource{Source: r.Source, Held: listed(r.Held), Notes: listed(r.Notes), Fetched: r.Fetched, Stale: r.Stale}
	if r.Err != nil {
		k.Fault = joined(r.Err.Error())
	}
	return k
}

func (t *attempt) claimSources() []decision.ClaimSource {
	var out []decision.ClaimSource
	for _, p := range t.issuer.needed {
		c := decision.ClaimSource{Name: p.String(), Source: t.claims.Source(p).String()}
		if v, ok := t.claims.Lookup(p); ok {
			c.Value = t.shown(p, v)
		}
		out = append(out, c)
	}
	return out
}

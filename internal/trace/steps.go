package trace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// tells are, for the operator, what a step saw that found no fault.
var tells = [...]func(*Trace) string{
	pipeline.StepParse:         tellToken,
	pipeline.StepHeaderType:    tellHeaderType,
	pipeline.StepFindIssuer:    tellIssuer,
	pipeline.StepAlgorithm:     tellAlgorithm,
	pipeline.StepAge:           tellAge,
	pipeline.StepKeys:          tellKeys,
	pipeline.StepSignature:     tellSignature,
	pipeline.StepDenied:        tellNotRevoked,
	pipeline.StepIntrospection: tellIntrospection,
	pipeline.StepClass:         tellClass,
	pipeline.StepSubject:       tellSubject,
	pipeline.StepTime:          tellTime,
	pipeline.StepAudience:      tellAudience,
	pipeline.StepParty:         tellParty,
	pipeline.StepConfirmation:  tellConfirmation,
	pipeline.StepRevocation:    tellNotRevoked,
	pipeline.StepClaims:        tellClaims,
	pipeline.StepChecks:        tellChecks,
	pipeline.StepFindUser:      tellUser,
}

func tellToken(t *Trace) string {
	if t.Form == pipeline.Opaque {
		return "to be asked about at " + t.Rules.URL
	}
	return fmt.Sprintf("a signed JWT of %d claims", len(t.Token.Claims.Names()))
}

func tellHeaderType(t *Trace) string {
	if typ := t.Token.Header.Type; typ != "" {
		return "header typ " + strconv.Quote(typ)
	}
	return "no header typ"
}

func tellIssuer(t *Trace) string {
	text := strconv.Quote(record.Short(t.Text("iss")))
	if t.Tenant != "" {
		text += " is " + t.Rules.URL + " for tenant " + strconv.Quote(t.Tenant)
	}
	return text
}

func tellAlgorithm(t *Trace) string { return t.Token.Header.Algorithm }

func tellAge(*Trace) string { return "exp is not long past" }

func tellKeys(t *Trace) string {
	q := t.KeyQuery()
	return fmt.Sprintf("%d key(s) for kid %q, alg %s, of %s", len(t.Keys), record.Short(q.KeyID), q.Algorithm, strings.Join(t.keysFrom(), ", then of "))
}

// keysFrom are the sources of the keys that are tried, in order.
func (t *Trace) keysFrom() []string {
	if len(t.Keys) == 0 {
		return []string{orUnnamed("")}
	}
	var out []string
	for _, k := range t.Keys {
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

func tellSignature(t *Trace) string {
	text := "verified"
	if id := t.Key().ID; id != "" {
		text += " with key " + strconv.Quote(record.Short(id))
	}
	if len(t.keysFrom()) > 1 {
		text += " of " + orUnnamed(t.Key().Source)
	}
	return text
}

func tellNotRevoked(*Trace) string { return "not revoked" }

func tellClass(*Trace) string { return "an access token" }

func tellSubject(t *Trace) string {
	if t.Text("sub") == "" {
		return "no sub: the token of a machine, perhaps"
	}
	return "sub is there"
}

func tellTime(t *Trace) string {
	if t.Expiry.IsZero() {
		return "introspection names no exp"
	}
	return fmt.Sprintf("exp %s, now %s, leeway %s", Stamp(t.Expiry), Stamp(t.Now), t.RulesOrDefault().Leeway)
}

func Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func tellAudience(t *Trace) string {
	if t.Rules.InsecureSkipAudience {
		return "not compared (InsecureSkipAudience)"
	}
	v, ok := t.Token.Claims.Get("aud")
	if !ok && t.Rules.AudienceOfIntrospectedJWT && t.NamesThisAPI() {
		return "aud of the token itself, whose signature is verified, since introspection names none"
	}
	if !ok && t.Form == pipeline.Opaque && (t.Rules.InsecureIntrospectionWithoutAudience || t.Rules.InsecureOpaqueByUserInfo) {
		return "no aud, which is not required of an opaque token here (Insecure…)"
	}
	if !ok {
		return "no aud; the client is compared instead"
	}
	return "aud " + record.Short(v.Raw())
}

func tellParty(t *Trace) string {
	if t.Rules.ClientIDs == nil {
		return "any client may have asked for the token"
	}
	return "its client is in ClientIDs"
}

func tellConfirmation(t *Trace) string {
	if t.Has("cnf") {
		return "cnf is ignored (InsecureIgnoreConfirmation)"
	}
	return "not bound to a key"
}

func tellClaims(t *Trace) string {
	if len(t.Rules.Needed) == 0 {
		return "none is needed"
	}
	return "all that are needed are there"
}

func tellChecks(t *Trace) string {
	parts := make([]string, 0, len(t.Rules.Checks))
	for _, c := range t.Rules.Checks {
		parts = append(parts, c.String())
	}
	if len(parts) == 0 {
		return "none is configured"
	}
	return strings.Join(parts, "; ")
}

func tellUser(t *Trace) string {
	if t.Engine.ShowClaimValues {
		return "user " + strconv.Quote(t.User.ID)
	}
	return "exactly one enabled user has this value of " + t.Rules.Search.String()
}

// keySources tells of every source in order, if it can.
func (t *Trace) keySources() []decision.KeySource {
	r, ok := t.Rules.Keys.(certsource.Reporter)
	if !ok {
		return []decision.KeySource{{Source: orUnnamed("")}}
	}
	var out []decision.KeySource
	for _, report := range r.Report() {
		out = append(out, SourceOf(report))
	}
	return out
}

func SourceOf(r certsource.Report) decision.KeySource {
	k := decision.KeySource{Source: r.Source, Held: record.List(r.Held), Notes: record.List(r.Notes), Fetched: r.Fetched, Stale: r.Stale}
	if r.Err != nil {
		k.Fault = OneLine(r.Err.Error())
	}
	return k
}

func (t *Trace) claimSources() []decision.ClaimSource {
	var out []decision.ClaimSource
	for _, p := range t.Rules.Needed {
		c := decision.ClaimSource{Name: p.String(), Source: claimset.SourceOf(t.Claims, p)}
		if v, ok := t.Claims.Lookup(p); ok {
			c.Value = t.Shown(p, v)
		}
		out = append(out, c)
	}
	return out
}

func tellIntrospection(t *Trace) string {
	if t.Rules.InsecureOpaqueByUserInfo {
		return "UserInfo accepts the token (Introspection.InsecureByUserInfo)"
	}
	return "active"
}

package trace

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
)

// details has a function for each step. It describes the result of a step without a fault, for the operator.
var details = [...]func(*Trace) string{
	pipeline.StepParse:         tokenDetail,
	pipeline.StepHeaderType:    headerTypeDetail,
	pipeline.StepFindIssuer:    issuerDetail,
	pipeline.StepAlgorithm:     algorithmDetail,
	pipeline.StepAge:           ageDetail,
	pipeline.StepKeys:          keysDetail,
	pipeline.StepSignature:     signatureDetail,
	pipeline.StepDenyList:      notRevokedDetail,
	pipeline.StepIntrospection: introspectionDetail,
	pipeline.StepTokenType:     tokenTypeDetail,
	pipeline.StepSubject:       subjectDetail,
	pipeline.StepTime:          timeDetail,
	pipeline.StepAudience:      audienceDetail,
	pipeline.StepClient:        clientDetail,
	pipeline.StepConfirmation:  confirmationDetail,
	pipeline.StepRevocation:    notRevokedDetail,
	pipeline.StepClaims:        claimsDetail,
	pipeline.StepChecks:        checksDetail,
	pipeline.StepFindUser:      userDetail,
	pipeline.StepLogoutClaims:  logoutDetail,
	pipeline.StepGrant:         grantDetail,
	pipeline.StepLoginSubject:  loginSubjectDetail,
	pipeline.StepLoginAudience: loginAudienceDetail,
	pipeline.StepNonce:         nonceDetail,
	pipeline.StepTokenHash:     tokenHashDetail,

	pipeline.StepLoginAuthentication: loginAuthenticationDetail,
}

func tokenDetail(t *Trace) string {
	if t.Form == pipeline.Opaque {
		return "an opaque token, which only " + t.Rules.URL + " can check"
	}
	return fmt.Sprintf("a signed JWT with %d claims", len(t.Token.Claims.Names()))
}

func headerTypeDetail(t *Trace) string {
	if typ := t.Token.Header().Type; typ != "" {
		return "header typ " + strconv.Quote(typ)
	}
	return "no header typ"
}

func issuerDetail(t *Trace) string {
	text := strconv.Quote(record.Short(t.Text("iss")))
	if t.Rules.JWTSVID {
		text = "the trust domain " + strconv.Quote(t.Rules.URL)
	}
	if t.Tenant != "" {
		text += " is " + t.Rules.URL + " for tenant " + strconv.Quote(t.Tenant)
	}
	return text
}

func algorithmDetail(t *Trace) string {
	text := t.Token.Header().Algorithm
	for _, check := range t.RulesOrDefault().HeaderChecks {
		text += "; header: " + check.String()
	}
	return text
}

func ageDetail(*Trace) string { return "exp is in the future or passed recently" }

func keysDetail(t *Trace) string {
	q := t.KeyQuery()
	return fmt.Sprintf("%d key(s) for kid %q and alg %s from %s", len(t.Keys.Tried), record.Short(q.KeyID), q.Algorithm, strings.Join(t.keysFrom(), ", then from "))
}

func signatureDetail(t *Trace) string {
	text := "verified"
	if id := t.Key().ID; id != "" {
		text += " with key " + strconv.Quote(record.Short(id))
	}
	if len(t.keysFrom()) > 1 {
		text += " from " + sourceName(t.Key().Source)
	}
	return text
}

func notRevokedDetail(*Trace) string { return "not revoked" }

func tokenTypeDetail(*Trace) string { return "an access token" }

func subjectDetail(t *Trace) string {
	if t.Text("sub") == "" {
		return "no sub, as in the token of an application without a user"
	}
	return "sub is present"
}

func timeDetail(t *Trace) string {
	ends := t.Expiry
	if t.Form == pipeline.IDToken { // The session has an end of its own.
		ends, _, _ = tokenclaims.Time(t.Token.Claims, "exp")
	}
	switch {
	case ends.IsZero() && t.Form == pipeline.Logout:
		return "the logout token has no exp, and was issued recently"
	case ends.IsZero():
		return "the introspection answer has no exp"
	}
	return fmt.Sprintf("exp %s, now %s, leeway %s", Stamp(ends), Stamp(t.Now), t.RulesOrDefault().Leeway)
}

// Stamp formats a time in UTC (RFC 3339).
func Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func audienceDetail(t *Trace) string {
	if t.Rules.InsecureSkipAudience {
		return "not compared (InsecureSkipAudience)"
	}
	v, ok := t.Token.Claims.Get("aud")
	if !ok && t.Rules.AudienceOfIntrospectedJWT && t.NamesThisAPI() {
		return "the introspection answer has no aud; the aud of the JWT itself is used, because its signature is verified"
	}
	if !ok && t.Form == pipeline.Opaque && (t.Rules.InsecureIntrospectionWithoutAudience || t.Rules.InsecureOpaqueByUserInfo) {
		return "no aud; an Insecure… setting accepts opaque tokens without it"
	}
	if !ok && t.Rules.HeaderChecksInsteadOfAudience {
		return "no aud; HeaderChecks are compared instead"
	}
	if !ok {
		return "no aud; the client ID is compared instead"
	}
	return "aud " + record.Short(v.Raw())
}

func clientDetail(t *Trace) string {
	if t.Rules.ClientIDs == nil {
		return "tokens of every client are accepted (ClientIDs is nil)"
	}
	return "the client is in ClientIDs"
}

func confirmationDetail(t *Trace) string {
	switch {
	case !t.Has("cnf"):
		return "not bound to a key"
	case t.Sender != nil && t.Sender.DPoP:
		return "the DPoP proof fits the request and the token"
	case t.RulesOrDefault().InsecureIgnoreConfirmation:
		return "cnf is ignored (InsecureIgnoreConfirmation)"
	}
	return "the client certificate is the one to which the token is bound"
}

func claimsDetail(t *Trace) string {
	if len(t.Rules.Needed) == 0 {
		return "no claim is required"
	}
	return "all required claims are present"
}

func checksDetail(t *Trace) string {
	parts := make([]string, 0, len(t.Rules.Checks))
	for _, c := range t.Rules.Checks {
		parts = append(parts, c.String())
	}
	if len(parts) == 0 {
		return "no check is configured"
	}
	return strings.Join(parts, "; ")
}

func logoutDetail(t *Trace) string {
	if t.Text("sid") != "" {
		return "a logout of one session"
	}
	return "a logout of all sessions of the subject"
}

func userDetail(t *Trace) string {
	if t.ShowsClaimValues() {
		return "user " + strconv.Quote(t.User.ID)
	}
	return "exactly one enabled user has this value of " + t.Rules.Search.String()
}

func introspectionDetail(t *Trace) string {
	if t.Rules.InsecureOpaqueByUserInfo {
		return "UserInfo accepts the token (Introspection.InsecureByUserInfo)"
	}
	return "active"
}

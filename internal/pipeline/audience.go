package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// checkAudience compares aud with the configured audience (RFC 7519 section 4.1.3).
func checkAudience(ctx context.Context, t *Run) *Fault {
	if t.Rules.InsecureSkipAudience {
		return nil
	}
	aud, present := t.Token.Claims.Get("aud")
	if !present {
		var fault *Fault
		if aud, present, fault = t.audienceOfIntrospectedJWT(ctx); fault != nil {
			return fault
		}
	}
	if !present && t.mayOmitAudience() {
		return nil
	}
	if !present && t.Rules.HeaderChecksInsteadOfAudience {
		return nil // headerFault requires that they hold
	}
	if !present && t.Rules.ClientIDInsteadOfAudience {
		return nil // checkClient requires that ClientIDs contains the client
	}
	var buffer [4]string
	names, ok := aud.AppendTexts(buffer[:0])
	if !ok {
		return Refuse(reason.WrongAudience, nil, "aud is missing, or neither a string nor a list of strings")
	}
	for _, name := range names {
		if slices.Contains(t.Rules.Audience, name) {
			return nil
		}
	}
	return Refuse(reason.WrongAudience, nil, "aud %q, configured %q", record.Short(strings.Join(names, " ")), t.Audiences())
}

// Audiences returns the audiences of all applications of the issuer.
func (t *Run) Audiences() []string {
	applications := t.Engine.issuers.applications(t.Rules)
	if len(applications) == 1 {
		return t.Rules.Audience
	}
	var out []string
	for _, rules := range applications {
		out = append(out, rules.Audience...)
	}
	return out
}

// mayOmitAudience reports whether the answer about an opaque token may omit aud.
func (t *Run) mayOmitAudience() bool {
	return t.Form == Opaque && (t.Rules.InsecureIntrospectionWithoutAudience || t.Rules.InsecureOpaqueByUserInfo)
}

package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// A step returns queryAgain if the provider must be asked again. It is not a refusal.
var queryAgain = Skip("the provider must be asked again, because the user was logged out")

// appendDenialKeys appends the keys under which a denial of the token may be stored.
func (t *Run) appendDenialKeys(keys []string) []string {
	if t.isJWT() {
		return append(keys, jwtKey(t.Raw))
	}
	own, others := spellings(t.Raw)
	return appendTextKeys(appendTextKeys(keys, own), others)
}

// checkDenyList refuses an opaque token that was revoked before its provider is asked, or its cached answer is used.
func checkDenyList(ctx context.Context, t *Run) *Fault {
	if t.Offline {
		return Skip("the deny list is not read, because the token is refused")
	}
	if t.Engine.denyListIsEmpty() {
		return nil
	}
	found, fault := t.denials(ctx, t.appendDenialKeys(nil)...)
	if fault == nil && len(found) > 0 {
		return Refuse(reason.TokenRevoked, nil, "%s", denialText(found[0].Key))
	}
	return fault
}

// checkRevoked looks for denials of the token, its session and its subject.
func checkRevoked(ctx context.Context, t *Run) *Fault {
	if t.Offline {
		return Skip("the deny list is not read, because the token is not verified")
	}
	if t.Engine.denyListIsEmpty() {
		return nil
	}
	iss := t.issuerName()
	keys := t.appendDenialKeys(make([]string, 0, 4))
	sub, sid := t.claimOfAnswerOrJWT("sub"), t.claimOfAnswerOrJWT("sid")
	if owner := t.ownerKey(); owner != "" {
		keys = append(keys, owner)
	}
	switch {
	case sid != "":
		keys = append(keys, denialKey(sessionDenial, iss, sid))
	case sub != "":
		keys = append(keys, denialKey(sessionlessDenial, iss, sub))
	}
	found, fault := t.denials(ctx, keys...)
	if fault != nil {
		return fault
	}
	return t.compareDenials(found)
}

// ownerKey returns the key of the entry that covers all tokens of the user or, if the token names no user, of its client. It is
// empty if the token names neither. A client can request as many tokens as it wants, so it needs a quota as well.
func (t *Run) ownerKey() string {
	if sub := t.claimOfAnswerOrJWT("sub"); sub != "" {
		return subjectKey(t.issuerName(), sub)
	}
	for _, claim := range tokenclaims.ClientClaims {
		if client := t.claimOfAnswerOrJWT(claim); client != "" {
			return denialKey(clientDenial, t.issuerName(), client)
		}
	}
	return ""
}

func (t *Run) denials(ctx context.Context, keys ...string) ([]denylist.Entry, *Fault) {
	found, err := t.Engine.DenyList.Find(ctx, keys...)
	if err != nil {
		if t.Engine.FailOpen && ctx.Err() == nil { // a client can end its own request
			return nil, nil
		}
		return nil, Refuse(reason.DenyListUnavailable, err, "")
	}
	return found, nil
}

// compareDenials compares the denials with the time at which the token was issued. A JWT that states no such time counts as
// issued before the denial. If an opaque token states no such time, compareWithAnswer decides.
func (t *Run) compareDenials(found []denylist.Entry) *Fault {
	iat, dated := t.issuedAt()
	var undecided []denylist.Entry
	for _, e := range found {
		switch {
		case e.Before.IsZero() || !dated && t.Form == Signed || dated && issuedUntil(iat, e.Before):
			return Refuse(reason.TokenRevoked, nil, "%s", denialText(e.Key))
		case !dated:
			undecided = append(undecided, e)
		}
	}
	return t.compareWithAnswer(undecided)
}

// issuedUntil reports whether a token was issued before the time of a denial, or in the same second. The order within one
// second is unknown, because the time of the denial may lack its fraction.
func issuedUntil(iat, before time.Time) bool { return !iat.Truncate(time.Second).After(before) }

// issuedAt returns iat of the answer or, if introspection omits it, of the JWT.
func (t *Run) issuedAt() (iat time.Time, ok bool) {
	iat, present, ok := tokenclaims.Time(t.Token.Claims, "iat")
	if !present && t.provider.jwt != nil {
		iat, present, ok = tokenclaims.Time(t.provider.jwt.Claims, "iat")
	}
	return iat, present && ok
}

// compareWithAnswer accepts the token if its provider called it active after these logouts. If the times of answer and logout
// differ by less than MaxLeeway, their order is uncertain, because two clocks may differ. The provider is then asked again. Its
// new answer is accepted, unless another logout was stored meanwhile.
func (t *Run) compareWithAnswer(logouts []denylist.Entry) *Fault {
	answer := t.provider.answer
	newer := slices.DeleteFunc(logouts, func(e denylist.Entry) bool { return answer.Asked.After(e.Before.Add(MaxLeeway)) })
	switch {
	case len(newer) == 0 || markOf(newer) == answer.Mark:
		return nil
	case t.provider.requery == nil:
		t.provider.requery = newRequery(newer)
		return queryAgain
	case t.provider.requery.includes(newer):
		return nil
	}
	return Refuse(reason.TokenRevoked, nil, "%s", denialText(newer[0].Key)) // another logout was stored after the second request
}

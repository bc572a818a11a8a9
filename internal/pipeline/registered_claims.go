package pipeline

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// checkHeaderType accepts the spellings of a JWT access token (RFC 9068 section 2.1) and no other kind of JWT.
func checkHeaderType(_ context.Context, t *Run) *Fault {
	switch t.Token.Header.MediaType() {
	case "", "jwt", "at+jwt":
		return nil
	}
	return Refuse(reason.WrongTokenType, nil, "header typ %q is not an access token's", record.Short(t.Token.Header.Type))
}

// checkClass tells an access token from the issuer's other tokens.
func checkClass(_ context.Context, t *Run) *Fault {
	if t.Has("events") {
		return Refuse(reason.WrongTokenType, nil, "the token has events: a logout token or a security event")
	}
	said, by := t.class()
	value, _ := t.Token.Claims.Get(by)
	switch {
	case said >= otherClass:
		return Refuse(reason.WrongTokenType, nil, "%s %s is not an access token's", by, record.Short(value.Raw()))
	case said == idClass || t.looksLikeIDToken():
		return Refuse(reason.IDTokenAsAccessToken, nil, "the client sent its ID token; it must send the access token")
	case said == unknownClass:
		return Refuse(reason.WrongTokenType, nil, "%s %s does not name an access token; Issuer.AccessTokenTypes can allow it", by, record.Short(value.Raw()))
	case said == boundClass && !t.RulesOrDefault().InsecureIgnoreConfirmation:
		return Refuse(reason.SenderConstrained, nil, "%s is %s, and no proof is checked", by, record.Short(value.Raw()))
	}
	if fault := t.checkAnswerClass(said); fault != nil {
		return fault
	}
	t.Established |= AccessToken
	return nil
}

// looksLikeIDToken tells an ID token that does not say that it is one by what only ID tokens have.
func (t *Run) looksLikeIDToken() bool {
	if t.RulesOrDefault().IDTokenIsAccessToken || t.Token.Header.MediaType() == "at+jwt" {
		return false
	}
	loneNonce := t.Has("nonce") && !t.hasValue("scope") && !t.hasValue("scp") && !strings.EqualFold(t.Text("typ"), "Bearer")
	return t.Has("at_hash") || t.Has("c_hash") || loneNonce
}

// longAgo is how far exp may be past for a token to be worth its signature, and its keys a fetch. What expired within it is
// told by checkTime, behind what else is wrong.
const longAgo = 24 * time.Hour

func checkAge(_ context.Context, t *Run) *Fault {
	if exp, present, ok := t.timeClaim("exp"); present && ok && exp.Unix() > 0 && t.Now.After(exp.Add(longAgo)) {
		return Refuse(reason.Expired, nil, "exp %s, now %s", exp.UTC().Format(time.RFC3339), t.Now.UTC().Format(time.RFC3339))
	}
	t.Established |= Recent
	return nil
}

// checkTime compares exp and nbf (RFC 7519 section 4.1.4 and 4.1.5). A future iat is no fault.
func checkTime(_ context.Context, t *Run) *Fault {
	exp, present, ok := t.timeClaim("exp")
	if !present && t.Form == Signed || !ok || present && exp.Unix() <= 0 {
		return Refuse(reason.InvalidClaims, nil, "exp is required, as a positive number of seconds")
	}
	if _, _, ok := t.timeClaim("iat"); !ok {
		return Refuse(reason.InvalidClaims, nil, "iat is not a number of seconds")
	}
	nbf, hasStart, ok := t.timeClaim("nbf")
	if !ok {
		return Refuse(reason.InvalidClaims, nil, "nbf is not a number of seconds")
	}
	leeway := t.RulesOrDefault().Leeway
	if present && !t.Now.Before(exp.Add(leeway)) {
		return Refuse(reason.Expired, nil, "exp %s, now %s, leeway %s", exp.UTC().Format(time.RFC3339), t.Now.UTC().Format(time.RFC3339), leeway)
	}
	if hasStart && !t.early && t.Now.Before(nbf.Add(-leeway)) {
		return Refuse(reason.NotYetValid, nil, "nbf %s, now %s, leeway %s", nbf.UTC().Format(time.RFC3339), t.Now.UTC().Format(time.RFC3339), leeway)
	}
	t.Expiry = exp
	t.Established |= Timely
	return nil
}

// checkSubject refuses a sub that is there and no string (RFC 7519 section 4.1.2). A machine's token may have none.
func checkSubject(_ context.Context, t *Run) *Fault {
	if v, _ := t.Token.Claims.Get("sub"); t.hasValue("sub") {
		if _, ok := v.Text(); !ok {
			return Refuse(reason.InvalidClaims, nil, "sub is not a string")
		}
	}
	return nil
}

func checkAudience(ctx context.Context, t *Run) *Fault {
	if t.Rules.InsecureSkipAudience {
		return nil
	}
	v, present := t.Token.Claims.Get("aud")
	if !present {
		var fault *Fault
		if v, present, fault = t.verifiedAudience(ctx); fault != nil {
			return fault
		}
	}
	if !present && t.Form == Opaque && (t.Rules.InsecureIntrospectionWithoutAudience || t.Rules.InsecureOpaqueByUserInfo) {
		if t.unverified == nil || !t.unverified.Claims.Has("aud") {
			return nil
		}
		v, present = t.unverified.Claims.Get("aud") // a JWT that names another service is not for this one
	}
	if !present && t.Rules.ClientIDInsteadOfAudience {
		return nil // the party step insists on a client of the list
	}
	var room [4]string
	audience, ok := v.AppendTexts(room[:0])
	if !ok {
		return Refuse(reason.WrongAudience, nil, "aud is missing, or neither a string nor a list of strings")
	}
	for _, aud := range audience {
		if slices.Contains(t.Rules.Audience, aud) {
			return nil
		}
	}
	return Refuse(reason.WrongAudience, nil, "aud %q, configured %q", record.Short(strings.Join(audience, " ")), t.Rules.Audience)
}

// clientClaims name the client that asked for the token, each in other products.
var clientClaims = []string{"azp", "client_id", "cid", "appid"}

// checkParty compares every claim that names the client, under the names that products use.
func checkParty(_ context.Context, t *Run) *Fault {
	if t.Rules.ClientIDs == nil {
		return nil
	}
	named := false
	for _, claim := range clientClaims {
		v, present := t.Token.Claims.Get(claim)
		if !present {
			continue
		}
		if client, ok := v.Text(); !ok || !slices.Contains(t.Rules.ClientIDs, client) {
			return Refuse(reason.UnauthorizedParty, nil, "%s %q is not in ClientIDs", claim, record.Short(client))
		}
		named = true
	}
	if !named {
		return Refuse(reason.UnauthorizedParty, nil, "the token does not name its client")
	}
	return nil
}

// checkConfirmation refuses key-bound tokens (RFC 7800), since no proof is checked.
func checkConfirmation(_ context.Context, t *Run) *Fault {
	if t.Has("cnf") && !t.RulesOrDefault().InsecureIgnoreConfirmation {
		return Refuse(reason.SenderConstrained, nil, "the token is bound to a key (cnf)")
	}
	return nil
}

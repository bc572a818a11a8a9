package oidcauth

import (
	"context"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// checkHeaderType accepts the spellings of a JWT access token (RFC 9068 section 2.1) and no other kind of JWT.
func checkHeaderType(_ context.Context, t *attempt) *Error {
	switch t.token.Header.MediaType() {
	case "", "jwt", "at+jwt":
		return nil
	}
	return refuse(reason.WrongTokenType, nil, "header typ %q is not an access token's", clip(t.token.Header.Type))
}

func (t *attempt) text(claim string) string {
	return t.token.Claims.Text(claim)
}

// has tells whether a claim is there at all, be it null: what makes a token suspect counts in any form.
func (t *attempt) has(claim string) bool { return t.token.Claims.Has(claim) }

// says tells whether a claim has a value: null clears no suspicion.
func (t *attempt) says(claim string) bool {
	v, ok := t.token.Claims.Get(claim)
	return ok && v.Kind() != strictjson.Null
}

// checkClass tells an access token from the issuer's other tokens.
func checkClass(_ context.Context, t *attempt) *Error {
	if t.has("events") {
		return refuse(reason.WrongTokenType, nil, "the token has events: a logout token or a security event")
	}
	said, by := t.class()
	value, _ := t.token.Claims.Get(by)
	switch {
	case said >= otherClass:
		return refuse(reason.WrongTokenType, nil, "%s %s is not an access token's", by, clip(value.Raw()))
	case said == idClass || t.looksLikeIDToken():
		return refuse(reason.IDTokenAsAccessToken, nil, "the client sent its ID token; it must send the access token")
	case said == unknownClass:
		return refuse(reason.WrongTokenType, nil, "%s %s does not name an access token; Issuer.AccessTokenTypes can allow it", by, clip(value.Raw()))
	case said == boundClass && !t.rules().InsecureIgnoreConfirmation:
		return refuse(reason.SenderConstrained, nil, "%s is %s, and no proof is checked", by, clip(value.Raw()))
	}
	if fault := t.checkAnswerClass(said); fault != nil {
		return fault
	}
	t.known |= access
	return nil
}

// looksLikeIDToken tells an ID token that does not say that it is one by what only ID tokens have.
func (t *attempt) looksLikeIDToken() bool {
	if t.rules().IDTokenIsAccessToken || t.token.Header.MediaType() == "at+jwt" {
		return false
	}
	loneNonce := t.has("nonce") && !t.says("scope") && !t.says("scp") && !strings.EqualFold(t.text("typ"), "Bearer")
	return t.has("at_hash") || t.has("c_hash") || loneNonce
}

// date reads a time claim; ok is false where it is there but no date.
func (t *attempt) date(claim string) (when time.Time, present, ok bool) {
	v, present := t.token.Claims.Get(claim)
	if !present {
		return time.Time{}, false, true
	}
	n, ok := v.Number()
	if !ok {
		return time.Time{}, true, false
	}
	when, ok = n.Date()
	return when, true, ok
}

// longAgo is how far exp may be past for a token to be worth its signature, and its keys a fetch. What expired within it is
// told by checkTime, behind what else is wrong.
const longAgo = 24 * time.Hour

func checkAge(_ context.Context, t *attempt) *Error {
	if exp, present, ok := t.date("exp"); present && ok && exp.Unix() > 0 && t.now.After(exp.Add(longAgo)) {
		return refuse(reason.Expired, nil, "exp %s, now %s", exp.UTC().Format(time.RFC3339), t.now.UTC().Format(time.RFC3339))
	}
	t.known |= recent
	return nil
}

// checkTime compares exp and nbf (RFC 7519 section 4.1.4 and 4.1.5). A future iat is no fault.
func checkTime(_ context.Context, t *attempt) *Error {
	exp, present, ok := t.date("exp")
	if !present && t.form == signed || !ok || present && exp.Unix() <= 0 {
		return refuse(reason.InvalidClaims, nil, "exp is required, as a positive number of seconds")
	}
	if _, _, ok := t.date("iat"); !ok {
		return refuse(reason.InvalidClaims, nil, "iat is not a number of seconds")
	}
	nbf, hasStart, ok := t.date("nbf")
	if !ok {
		return refuse(reason.InvalidClaims, nil, "nbf is not a number of seconds")
	}
	leeway := t.rules().leeway
	if present && !t.now.Before(exp.Add(leeway)) {
		return refuse(reason.Expired, nil, "exp %s, now %s, leeway %s", exp.UTC().Format(time.RFC3339), t.now.UTC().Format(time.RFC3339), leeway)
	}
	if hasStart && !t.early && t.now.Before(nbf.Add(-leeway)) {
		return refuse(reason.NotYetValid, nil, "nbf %s, now %s, leeway %s", nbf.UTC().Format(time.RFC3339), t.now.UTC().Format(time.RFC3339), leeway)
	}
	t.expiry = exp
	t.known |= timely
	return nil
}

// checkSubject refuses a sub that is there and no string (RFC 7519 section 4.1.2). A machine's token may have none.
func checkSubject(_ context.Context, t *attempt) *Error {
	if v, _ := t.token.Claims.Get("sub"); t.says("sub") {
		if _, ok := v.Text(); !ok {
			return refuse(reason.InvalidClaims, nil, "sub is not a string")
		}
	}
	return nil
}

func checkAudience(ctx context.Context, t *attempt) *Error {
	if t.issuer.InsecureSkipAudience {
		return nil
	}
	v, present := t.token.Claims.Get("aud")
	if !present {
		var fault *Error
		if v, present, fault = t.verifiedAudience(ctx); fault != nil {
			return fault
		}
	}
	if !present && t.form == opaque && (t.issuer.InsecureIntrospectionWithoutAudience || t.issuer.InsecureOpaqueByUserInfo) {
		if t.hearsay == nil || !t.hearsay.Claims.Has("aud") {
			return nil
		}
		v, present = t.hearsay.Claims.Get("aud") // a JWT that names another service is not for this one
	}
	if !present && t.issuer.ClientIDInsteadOfAudience {
		return nil // the party step insists on a client of the list
	}
	var room [4]string
	audience, ok := v.AppendTexts(room[:0])
	if !ok {
		return refuse(reason.WrongAudience, nil, "aud is missing, or neither a string nor a list of strings")
	}
	for _, aud := range audience {
		if contains(t.issuer.Audience, aud) {
			return nil
		}
	}
	return refuse(reason.WrongAudience, nil, "aud %q, configured %q", clip(strings.Join(audience, " ")), t.issuer.Audience)
}

// clientClaims name the client that asked for the token, each in other products.
var clientClaims = []string{"azp", "client_id", "cid", "appid"}

// checkParty compares every claim that names the client, under the names that products use.
func checkParty(_ context.Context, t *attempt) *Error {
	if t.issuer.ClientIDs == nil {
		return nil
	}
	named := false
	for _, claim := range clientClaims {
		v, present := t.token.Claims.Get(claim)
		if !present {
			continue
		}
		if client, ok := v.Text(); !ok || !contains(t.issuer.ClientIDs, client) {
			return refuse(reason.UnauthorizedParty, nil, "%s %q is not in ClientIDs", claim, clip(client))
		}
		named = true
	}
	if !named {
		return refuse(reason.UnauthorizedParty, nil, "the token does not name its client")
	}
	return nil
}

// checkConfirmation refuses key-bound tokens (RFC 7800), since no proof is checked.
func checkConfirmation(_ context.Context, t *attempt) *Error {
	if t.has("cnf") && !t.rules().InsecureIgnoreConfirmation {
		return refuse(reason.SenderConstrained, nil, "the token is bound to a key (cnf)")
	}
	return nil
}

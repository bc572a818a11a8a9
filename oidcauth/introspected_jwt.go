package oidcauth

import (
	"context"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// verifiedAudience returns the aud of a JWT that was introspected, once its signature is verified too. It is not present where
// the token names none.
func (t *attempt) verifiedAudience(ctx context.Context) (aud strictjson.Value, present bool, fault *Error) {
	if t.hearsay == nil || !t.issuer.AudienceOfIntrospectedJWT || !t.hearsay.Claims.Has("aud") {
		return strictjson.Value{}, false, nil
	}
	own := &attempt{auth: t.auth, token: t.hearsay, form: signed, local: t.local, glance: glance{now: t.now}}
	for _, step := range []func(context.Context, *attempt) *Error{findIssuer, checkAlgorithm, findKeys, verifySignature} {
		if fault := step(ctx, own); fault != nil {
			return strictjson.Value{}, false, fault
		}
	}
	aud, present = t.hearsay.Claims.Get("aud")
	return aud, present, nil
}

// namesThisAPI reports whether the aud of a JWT that was introspected holds a configured audience, whoever wrote it.
func (t *attempt) namesThisAPI() bool {
	if t.hearsay == nil || t.issuer == nil {
		return false
	}
	v, _ := t.hearsay.Claims.Get("aud")
	list, _ := v.Texts()
	for _, aud := range list {
		if contains(t.issuer.Audience, aud) {
			return true
		}
	}
	return false
}

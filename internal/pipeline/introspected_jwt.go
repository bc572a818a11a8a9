package pipeline

import (
	"context"
	"slices"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// verifiedAudience returns the aud of a JWT that was introspected, once its signature is verified too. It is not present where
// the token names none.
func (t *Run) verifiedAudience(ctx context.Context) (aud strictjson.Value, present bool, fault *Fault) {
	if t.unverified == nil || !t.Rules.AudienceOfIntrospectedJWT || !t.unverified.Claims.Has("aud") {
		return strictjson.Value{}, false, nil
	}
	own := &Run{Engine: t.Engine, Token: t.unverified, Form: Signed, Offline: t.Offline, Look: Look{Now: t.Now}}
	for _, step := range []func(context.Context, *Run) *Fault{findIssuer, checkAlgorithm, findKeys, verifySignature} {
		if fault := step(ctx, own); fault != nil {
			return strictjson.Value{}, false, fault
		}
	}
	aud, present = t.unverified.Claims.Get("aud")
	return aud, present, nil
}

// NamesThisAPI reports whether the aud of an introspected JWT holds a configured audience. It is not verified.
func (t *Run) NamesThisAPI() bool {
	if t.unverified == nil || t.Rules == nil {
		return false
	}
	v, _ := t.unverified.Claims.Get("aud")
	list, _ := v.Texts()
	for _, aud := range list {
		if slices.Contains(t.Rules.Audience, aud) {
			return true
		}
	}
	return false
}

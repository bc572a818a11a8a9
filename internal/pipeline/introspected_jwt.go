package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/keyset"
	"github.com/knownbearer/knownbearer/internal/resolve"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// checkIntrospectedJWT checks a JWT by its own claims before it is introspected, although its signature is not verified: some
// providers call ID tokens and refresh tokens active, and their answers may omit exp.
func (t *Run) checkIntrospectedJWT() *Fault {
	jwt := t.provider.jwt
	if jwt == nil {
		return nil
	}
	if t.Rules.InsecureOpaqueByUserInfo && strings.EqualFold(jwt.Header.Algorithm, "none") {
		return Refuse(reason.AlgorithmRefused, nil, "alg is none, so the token is not signed")
	}
	if fault := headerTypeFault(jwt.Header); fault != nil {
		return fault
	}
	if _, fault := t.Rules.kindFault(jwt.Claims, jwt.Header.MediaType()); fault != nil {
		return fault
	}
	_, fault := t.Rules.timeFault(jwt.Claims, t.Now, t.ignoreNotBefore)
	return fault
}

// checkSubjectOfJWT compares the subject of a JWT with the answer of UserInfo, if UserInfo alone decides about the JWT. The JWT's
// signature is not verified, so its subject can only cause a refusal.
func (t *Run) checkSubjectOfJWT(ctx context.Context, info claims.Set) *Fault {
	if t.provider.jwt == nil || !t.Rules.InsecureOpaqueByUserInfo {
		return nil
	}
	_, err := resolve.Claims(ctx, resolve.Resolution{
		Token: claimset.FromObject(t.provider.jwt.Claims), Subject: t.Rules.UserInfoSubject, UserInfoOnly: true,
		UserInfo: func(context.Context) (claims.Set, error) { return info, nil },
	})
	if err != nil {
		return Refuse(reason.UserInfoSubjectMismatch, err, "UserInfo's answer is not about the token's user")
	}
	return nil
}

// audienceOfIntrospectedJWT returns the aud of an introspected JWT itself. It is called if introspection's answer has no aud.
// With AudienceOfIntrospectedJWT, the signature must verify. If the answer may omit aud, the signature is not verified, because
// the aud of the JWT can then only cause a refusal.
func (t *Run) audienceOfIntrospectedJWT(ctx context.Context) (aud strictjson.Value, present bool, fault *Fault) {
	if t.provider.jwt == nil {
		return aud, false, nil
	}
	aud, present = t.provider.jwt.Claims.Get("aud")
	switch {
	case present && t.Rules.AudienceOfIntrospectedJWT:
		return aud, true, t.introspectedJWTFault(ctx)
	case present && t.mayOmitAudience():
		return aud, true, nil
	}
	return strictjson.Value{}, false, nil
}

// NamesThisAPI reports whether the aud of an introspected JWT contains a configured audience. It does not verify the signature.
func (t *Run) NamesThisAPI() bool {
	if t.provider.jwt == nil || t.Rules == nil {
		return false
	}
	aud, _ := t.provider.jwt.Claims.Get("aud")
	names, _ := aud.Texts()
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(t.Rules.Audience, name) })
}

// introspectedJWTFault verifies the signature of a JWT that was introspected.
func (t *Run) introspectedJWTFault(ctx context.Context) *Fault {
	jwt := t.provider.jwt
	rules, tenant, fault := t.Engine.issuers.find(jwt.Claims, Signed)
	if fault != nil {
		return fault
	}
	if fault := rules.algorithmFault(jwt.Header.Algorithm); fault != nil {
		return fault
	}
	q := keyset.QueryOf(jwt, tenant)
	keys, fault := rules.keysFor(ctx, q, t.Offline)
	if fault != nil {
		return fault
	}
	_, fault = rules.verify(ctx, jwt, q, keys, t.Offline)
	return fault
}

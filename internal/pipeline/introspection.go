package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// introspect introspects the token at its provider (RFC 7662), unless the answer is cached. The claims of the answer become the
// claims of the token.
func introspect(ctx context.Context, t *Run) *Fault {
	if t.Offline {
		return Skip("the token is not introspected, because it is refused")
	}
	if fault := t.checkIntrospectedJWT(); fault != nil {
		return fault
	}
	var answer answers.Reply[claims.Set]
	var fault *Fault
	if t.Rules.InsecureOpaqueByUserInfo {
		answer, fault = t.askUserInfoInstead(ctx)
	} else {
		answer, fault = t.askIntrospection(ctx)
	}
	if fault != nil {
		return fault
	}
	if fault := t.checkSubjectOfJWT(ctx, answer.Value); fault != nil {
		return fault
	}
	t.provider.answer = &answer
	t.Token = tokenOfAnswer(claimset.Token(answer.Value))
	t.Established |= Parsed | Verified | Recent
	return t.checkAnswerIssuer()
}

func (t *Run) askIntrospection(ctx context.Context) (answers.Reply[claims.Set], *Fault) {
	if t.live != nil {
		return t.introspectionOfLive()
	}
	q := t.provider.requery.question(t.Now, time.Time{})
	o := t.observation()
	raw, introspector := t.accessToken(), t.introspector()
	answer, err := t.Rules.answers.introspection.Get(ctx, raw, q, func(ctx context.Context) (answers.Answer[claims.Set], error) {
		set, err := observe(ctx, o, decision.EndpointIntrospection, func(ctx context.Context) (claims.Set, error) {
			return guard.Reported(t.Engine.Panics, "Introspection.Client", raw, func() (claims.Set, error) {
				return introspector.Introspect(ctx, raw)
			})
		})
		if err == nil && statesInactive(set) {
			err = claims.ErrInactive
		}
		return answers.Answer[claims.Set]{Value: set, Size: claimset.Token(set).Memory(), End: expOf(set)}, err
	})
	switch {
	case err == claims.ErrInactive: //nolint:errorlint // the error itself adds nothing to the detail
		return answer, Refuse(reason.TokenInactive, nil, "introspection states that the token is not active")
	case errors.Is(err, claims.ErrInactive):
		return answer, Refuse(reason.TokenInactive, err, "")
	case err != nil:
		return answer, Refuse(reason.IntrospectionUnavailable, err, "")
	}
	return answer, nil
}

func (t *Run) askUserInfoInstead(ctx context.Context) (answers.Reply[claims.Set], *Fault) {
	answer, err := t.askUserInfo(ctx)
	var refused *claims.RefusedError
	switch {
	case errors.Is(err, errUnknown):
		return answer, Skip(noUserInfo)
	case errors.As(err, &refused):
		return answer, Refuse(reason.UserInfoRefused, err, "UserInfo does not accept this token")
	case err != nil:
		return answer, Refuse(reason.UserInfoUnavailable, err, "")
	}
	return answer, nil
}

// statesInactive reports whether an answer contains "active": false. An Introspector of the application may return such an answer
// without an error.
func statesInactive(set claims.Set) bool {
	v, present := claimset.Token(set).Get("active")
	active, _ := v.Bool()
	return present && !active
}

// IsInactive reports whether the result of introspection states that the token is not active.
func IsInactive(set claims.Set, err error) bool {
	return errors.Is(err, claims.ErrInactive) || err == nil && statesInactive(set)
}

// checkAnswerIssuer checks the iss of the answer. It accepts an answer without iss, unless the issuer is templated: then only iss
// states the tenant. It selects the rules of the application that the answer names, if they accept opaque tokens.
func (t *Run) checkAnswerIssuer() *Fault {
	if !t.Has("iss") && !discovery.Templated(t.Rules.URL) {
		t.applyRules(chooseApplication(t.Engine.issuers.applications(t.Rules), t.Token.Claims, Opaque))
		return nil
	}
	rules, tenant, fault := t.Engine.issuers.find(t.Token.Claims, Opaque)
	if fault != nil || rules.URL != t.Rules.URL {
		return Refuse(reason.UnknownIssuer, nil, "the answer names iss %q, and not the issuer that was asked or one of its tenants", record.Short(t.Text("iss")))
	}
	t.Tenant = tenant
	t.applyRules(rules)
	return nil
}

// applyRules replaces the rules of the run, if the new rules accept opaque tokens in the same way. An application that accepts
// only signed tokens must not accept opaque ones. If the aud of an introspected JWT itself is compared, that aud has already
// selected the application.
func (t *Run) applyRules(rules *Rules) {
	comparesJWT := t.Rules.InsecureOpaqueByUserInfo || t.Rules.AudienceOfIntrospectedJWT && !t.Has("aud")
	if t.provider.jwt != nil && comparesJWT {
		return
	}
	if rules.AcceptsOpaque() && rules.InsecureOpaqueByUserInfo == t.Rules.InsecureOpaqueByUserInfo {
		t.Rules = rules
	}
}

// expOf returns the exp of an answer, at which its entry in the cache ends, or the zero Time.
func expOf(set claims.Set) time.Time {
	v, _ := claimset.Token(set).Get("exp")
	n, ok := v.Number()
	if !ok {
		return time.Time{}
	}
	exp, _ := n.Date()
	return exp
}

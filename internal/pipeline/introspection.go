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
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// newIntrospectionCache keeps introspection's answers of one issuer: 1000 of them in 8 MiB, for age and never beyond the
// token's exp; that a token is not active, for 10 s.
func newIntrospectionCache(age time.Duration) *answers.Cache[claims.Set] {
	return answers.New[claims.Set](answers.Policy{
		Age:     max(age, 1), // of zero, it is kept for those alone who ask meanwhile
		Refusal: func(err error) bool { return errors.Is(err, claims.ErrInactive) },
	})
}

// introspector returns the issuer whose provider must be asked about the token, or nil if the token is verified here or belongs to no
// configured issuer. The
// application's Opaque is shown nothing that is no token.
func (t *Run) introspector(token *jose.Token, fault error) *Rules {
	if !t.Engine.asks || tooLarge(fault) {
		return nil
	}
	if fault == nil {
		if iss := t.Engine.ownJWT(token); iss != nil {
			if iss.IntrospectJWTs {
				return iss
			}
			return nil
		}
	}
	if fault != nil && (jose.Disguised(t.Raw) || !isToken68(t.Raw)) {
		return nil // a JWT that was spoilt on purpose would be judged by looser rules than as it was
	}
	for _, iss := range t.Engine.Issuers {
		if iss.TakesOpaque() && (iss.Opaque != nil && iss.Opaque(t.Raw) || iss.Opaque == nil && noJWT(fault)) {
			return iss
		}
	}
	return nil
}

// ownJWT is the issuer whose JWT it is, if what it says of itself is true.
func (a *Engine) ownJWT(token *jose.Token) *Rules {
	t := &Run{Engine: a, Token: token}
	if findIssuer(context.Background(), t) != nil {
		return nil
	}
	return t.Rules
}

func tooLarge(fault error) bool {
	var e *jose.Error
	return errors.As(fault, &e) && e.Code == jose.TooLarge
}

// noJWT is a token that does not even look like a signed JWT.
func noJWT(fault error) bool {
	var e *jose.Error
	return errors.As(fault, &e) && (e.Code == jose.NotCompact || e.Code == jose.Encrypted)
}

// introspect asks about the token, once while the answer is kept, and takes the answer for the token's claims.
func introspect(ctx context.Context, t *Run) *Fault {
	if t.Offline {
		return Abstain("no provider is asked about a token that is refused")
	}
	if fault := t.checkUnverified(ctx); fault != nil {
		return fault
	}
	if t.Rules.InsecureOpaqueByUserInfo {
		return introspectByUserInfo(ctx, t)
	}
	said, err := t.Rules.introspection.Get(ctx, t.Raw, t.question(time.Time{}), func(ctx context.Context) (answers.Answer[claims.Set], error) {
		set, err := guard.Reported(t.Engine.Panics, "Introspector", t.Raw, func() (claims.Set, error) {
			return t.Rules.Introspector.Introspect(ctx, t.Raw)
		})
		if err == nil && saysInactive(set) {
			err = claims.ErrInactive
		}
		return answers.Answer[claims.Set]{Value: set, Size: claimset.Token(set).Memory(), End: endOf(set)}, err
	})
	switch {
	case err == claims.ErrInactive: //nolint:errorlint // it says nothing more
		return Refuse(reason.TokenInactive, nil, "introspection says that the token is not active")
	case errors.Is(err, claims.ErrInactive):
		return Refuse(reason.TokenInactive, err, "")
	case err != nil:
		return Refuse(reason.IntrospectionUnavailable, err, "")
	}
	t.takeAnswer(said)
	return t.checkAnswersIssuer()
}

// saysInactive sees to it once more: an Introspector that hands every answer on would let everybody in.
func saysInactive(set claims.Set) bool {
	v, said := claimset.Token(set).Get("active")
	active, _ := v.Bool()
	return said && !active
}

// checkUnverified judges a JWT that is not verified here by what it says against itself: some providers introspect ID tokens
// and refresh tokens as active, and answers may lack exp and cnf.
func (t *Run) checkUnverified(ctx context.Context) *Fault {
	if t.unverified == nil {
		return nil
	}
	own := &Run{Engine: t.Engine, Rules: t.Rules, Token: t.unverified, Look: Look{Now: t.Now}, early: t.early}
	for _, check := range []func(context.Context, *Run) *Fault{checkHeaderType, checkClass, checkTime, checkConfirmation} {
		if fault := check(ctx, own); fault != nil {
			return fault
		}
	}
	return nil
}

func introspectByUserInfo(ctx context.Context, t *Run) *Fault {
	said, err := t.questionUserInfo(ctx)
	var refused *claims.RefusedError
	switch {
	case errors.As(err, &refused):
		return Refuse(reason.UserInfoRefused, err, "UserInfo does not accept this token")
	case err != nil:
		return Refuse(reason.UserInfoUnavailable, err, "")
	}
	t.takeAnswer(said)
	return t.checkAnswersIssuer()
}

func (t *Run) takeAnswer(said answers.Said[claims.Set]) {
	t.said = &said
	t.Token = &jose.Token{Claims: claimset.Token(said.Value)}
	t.Established |= Parsed | Verified | Recent
}

// checkAnswersIssuer lets an answer leave the issuer out, unless only that tells which tenant the token is of.
func (t *Run) checkAnswersIssuer() *Fault {
	if !t.Has("iss") && !discovery.Templated(t.Rules.URL) {
		return nil
	}
	other := &Run{Engine: t.Engine, Token: t.Token}
	if findIssuer(context.Background(), other) != nil || other.Rules != t.Rules {
		return Refuse(reason.UnknownIssuer, nil, "the answer names iss %q, and not the issuer that was asked or one of its tenants", record.Short(t.Text("iss")))
	}
	t.Tenant = other.Tenant
	return nil
}

// endOf is the exp of an answer, beyond which it is not kept; zero where it names none.
func endOf(set claims.Set) time.Time {
	v, _ := claimset.Token(set).Get("exp")
	n, ok := v.Number()
	if !ok {
		return time.Time{}
	}
	exp, _ := n.Date()
	return exp
}

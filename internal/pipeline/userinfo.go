package pipeline

import (
	"context"
	"errors"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/guard"
)

// newUserInfoCache keeps UserInfo's answers of one issuer: 1000 of them in 8 MiB, for 5 minutes and never beyond the
// token's exp; that UserInfo refused a token, for 10 s.
func newUserInfoCache() *answers.Cache[claims.Set] {
	return answers.New[claims.Set](answers.Policy{Refusal: func(err error) bool {
		var refused *claims.RefusedError
		return errors.As(err, &refused)
	}})
}

// askUserInfo asks once a token.
func (t *Run) askUserInfo(ctx context.Context) (claims.Set, error) {
	said, err := t.questionUserInfo(ctx)
	return said.Value, err
}

func (t *Run) questionUserInfo(ctx context.Context) (answers.Said[claims.Set], error) {
	t.askedUserInfo = true
	return t.Rules.userInfo.Get(ctx, t.Raw, t.question(t.Expiry), func(ctx context.Context) (answers.Answer[claims.Set], error) {
		set, err := guard.Reported(t.Engine.Panics, "UserInfo", t.Raw, func() (claims.Set, error) {
			return t.Rules.UserInfo.UserInfo(ctx, t.Raw)
		})
		return answers.Answer[claims.Set]{Value: set, Size: claimset.Token(set).Memory()}, err
	})
}

package pipeline

import (
	"context"
	"errors"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// askUserInfo asks UserInfo about the token (OpenID Connect Core 1.0 section 5.3), unless its answer is cached.
func (t *Run) askUserInfo(ctx context.Context) (answers.Reply[claims.Set], error) {
	t.provider.askedUserInfo = true
	if t.live != nil {
		reply := t.userInfoOfLive()
		if reply == nil {
			return answers.Reply[claims.Set]{}, errUnknown
		}
		return reply.answer, reply.err
	}
	answer, err := t.requestUserInfo(ctx)
	if t.Engine.Observed {
		t.provider.userInfo = &userInfoReply{answer, err}
	}
	return answer, err
}

// errUnknown reports that a shadow does not know the answer.
var errUnknown = errors.New("the answer is not known")

func (t *Run) requestUserInfo(ctx context.Context) (answers.Reply[claims.Set], error) {
	q := t.provider.requery.question(t.Now, t.Expiry)
	o := t.observation()
	raw, fetcher := t.accessToken(), t.userInfo()
	return t.Rules.answers.userInfo.Get(ctx, raw, q, func(ctx context.Context) (answers.Answer[claims.Set], error) {
		set, err := observe(ctx, o, decision.EndpointUserInfo, func(ctx context.Context) (claims.Set, error) {
			return guard.Reported(t.Engine.Panics, "Claims.UserInfo", raw, func() (claims.Set, error) {
				return fetcher.UserInfo(ctx, raw)
			})
		})
		return answers.Answer[claims.Set]{Value: set, Size: claimset.Token(set).Memory()}, err
	})
}

package pipeline

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/usermap"
)

// introspectionOfLive returns the answer of introspection to the observed run.
func (t *Run) introspectionOfLive() (answers.Reply[claims.Set], *Fault) {
	live := t.live
	if live.form != Opaque || !live.sharesProvider(t.Rules, func(r *Rules) any { return r.Introspector }) {
		return answers.Reply[claims.Set]{}, Skip("the configuration in effect does not introspect this token with the same client")
	}
	if live.provider.answer != nil {
		return *live.provider.answer, nil
	}
	if fault := live.faultAt(StepIntrospection); fault != nil {
		return answers.Reply[claims.Set]{}, fault
	}
	return answers.Reply[claims.Set]{}, Skip("the configuration in effect refuses the token before it is introspected")
}

// userInfoOfLive returns the answer of UserInfo to the observed run, or nil if it requested none with the same client.
func (t *Run) userInfoOfLive() *userInfoReply {
	if t.live.provider.userInfo == nil || !t.live.sharesProvider(t.Rules, func(r *Rules) any { return r.UserInfo }) {
		return nil
	}
	return t.live.provider.userInfo
}

const noUserInfo = "the configuration in effect does not request UserInfo for this token with the same client"

// usersOfLive returns the users that the observed run found for the same query.
func (t *Run) usersOfLive(q usermap.Query) *foundUsers {
	if found := t.live.users; found != nil && found.query == q && identical(t.Rules.Users, t.live.rules.Users) {
		return found
	}
	return nil
}

package pipeline

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/usermap"
)

// foundUsers is the result of a user lookup.
type foundUsers struct {
	query usermap.Query
	users []usermap.User
	err   error
}

// userInfoReply is the result of a request to UserInfo.
type userInfoReply struct {
	answer answers.Reply[claims.Set]
	err    error
}

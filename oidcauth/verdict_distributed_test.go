package oidcauth_test

import (
	"errors"
	"testing"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// referring is a source of the claim groups, for tokens that refer to it.
type referring struct{ claims.Fetcher }

func (referring) Refers(token claims.Set) bool {
	_, found := token.Lookup(claims.Pointer("/_claim_names/groups"))
	return found
}

// If a token refers to claims elsewhere, the verdict depends on these claims. If they cannot be read, the token is refused.
func TestVerdictDistributedClaims(t *testing.T) {
	refers := obj{"_claim_names": obj{"groups": "src1"}}
	both := obj{"_claim_names": obj{"groups": "src1"}, "groups": []string{"clerks"}}
	row := func(name string, want reason.Reason, token obj, source claims.Fetcher, checks ...claims.Check) verdict {
		return verdict{name: name, want: want, claims: token, config: func(c *oidcauth.Config) {
			c.Issuers[0].Claims.UserInfo, c.Issuers[0].Claims.Checks = referring{source}, checks
		}}
	}
	good, down := infoAnswers(`{"sub":"`+holder+`","groups":["clerks"]}`), infoFunc(func() (claims.Set, error) { return claims.Set{}, errors.New("down") })
	refusing := infoFunc(func() (claims.Set, error) { return claims.Set{}, &claims.RefusedError{Status: 404} })
	clerks, admins := claims.Equals(claims.Name("groups"), "clerks"), claims.Equals(claims.Name("groups"), "admins")
	none := claims.Absent(claims.Name("groups"))
	runVerdicts(t, []verdict{
		row("of the group", "", refers, good, clerks),
		row("of another group", reason.CheckFailed, refers, good, admins),
		row("source is down", reason.UserInfoUnavailable, refers, down, clerks),
		row("source is down, and no setting needs the claim", reason.UserInfoUnavailable, refers, down),
		row("source is down, and the claim must be absent", reason.UserInfoUnavailable, refers, down, none),
		row("the claim must be absent", reason.CheckFailed, refers, good, none),
		{
			name: "no source, and the claim must be absent", want: reason.CheckFailed, claims: refers,
			config: func(c *oidcauth.Config) { c.Issuers[0].Claims.Checks = []claims.Check{none} },
		},
		row("source refuses the token", reason.UserInfoRefused, refers, refusing),
		row("answer about another user", reason.UserInfoSubjectMismatch, refers, infoAnswers(`{"sub":"root","groups":["clerks"]}`), clerks),
		row("token that refers to nothing", "", nil, down),
		row("token with the claim itself", "", both, good, clerks),
		row("the token's own claim comes first", reason.CheckFailed, both, infoAnswers(`{"sub":"`+holder+`","groups":["admins"]}`), admins),
	})
}

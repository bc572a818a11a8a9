// Package claimset makes a [claims.Set] of parsed objects, and reads the objects of a Set. Package claims itself does
// not export this, because the objects are of an internal type.
package claimset

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset/hook"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Package claims is initialised before this variable, because this package imports it.
var functions = hook.Claims.(hook.Functions[claims.Set])

// FromObject returns the Set of the claims of a token.
func FromObject(o strictjson.Object) claims.Set { return functions.FromObject(o) }

// Token returns the claims of the token.
func Token(s claims.Set) strictjson.Object { return functions.Token(s) }

// UserInfo returns the claims of UserInfo, including those that the token has too.
func UserInfo(s claims.Set) strictjson.Object { return functions.UserInfo(s) }

// Layer returns a Set of two sources: its token is the token of the first argument, and its UserInfo is the token of the second
// argument. Lookup reads UserInfo only if the token lacks the claim.
func Layer(token, userInfo claims.Set) claims.Set { return functions.Layer(token, userInfo) }

// Partial returns a Set with the same claims that is marked as incomplete, because UserInfo may have more claims. No check
// passes because an incomplete Set lacks a claim.
func Partial(s claims.Set) claims.Set { return functions.Partial(s) }

// SourceOf returns where [claims.Set.Lookup] finds the claim: "token", "UserInfo" or "nowhere".
func SourceOf(s claims.Set, p claims.Path) string {
	if _, ok := s.Lookup(p); !ok {
		return "nowhere"
	}
	if s.FromUserInfo(p) {
		return "UserInfo"
	}
	return "token"
}

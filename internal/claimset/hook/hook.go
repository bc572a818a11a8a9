// Package hook gives the packages of this module functions of package claims that the package does not export.
package hook

import "github.com/knownbearer/knownbearer/internal/strictjson"

// Functions make and read a claims.Set. The type parameter S is claims.Set, because this package cannot import package claims.
type Functions[S any] struct {
	FromObject func(strictjson.Object) S
	Token      func(S) strictjson.Object
	UserInfo   func(S) strictjson.Object
	Layer      func(token, userInfo S) S
	Partial    func(S) S
}

// Claims is a Functions[claims.Set]. Package claims sets it when it is initialised, and nothing changes it later.
var Claims any

// Package resolve combines the claims of a verified token with those of UserInfo (OpenID Connect Core 1.0 section 5.3).
package resolve

import (
	"context"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
)

// Resolution is the input of [Claims].
type Resolution struct {
	// Token contains the claims of the verified token.
	Token claims.Set
	// Subject is the token's claim that must equal UserInfo's sub. The zero Path means sub.
	Subject claims.Path
	// Needed lists the claims that the caller will read.
	Needed []claims.Path
	// Alternatives lists claims of which the caller needs one. UserInfo is called if the token has none of them.
	Alternatives []claims.Path
	// UserInfoOnly reads no claim from the token.
	UserInfoOnly bool
	// Refers calls UserInfo even if the token has all required claims, because it refers to claims there, or because UserInfo must
	// accept the token.
	Refers bool
	// UserInfo calls the UserInfo endpoint. If nil, only the token is read.
	UserInfo func(context.Context) (claims.Set, error)
}

// Claims returns the claims of the token together with those of UserInfo. It calls UserInfo if [Resolution.UserInfoOnly] or
// [Resolution.Refers] is set, or if the token lacks a needed claim or all alternatives. It calls UserInfo at most once. The sub
// of UserInfo must be a string that equals the token's claim Subject (OpenID Connect Core 1.0 section 5.3.4); otherwise the error is a
// [*SubjectError]. An error of Resolution.UserInfo is returned as it is. A claim that both sources lack is not an
// error.
func Claims(ctx context.Context, r Resolution) (claims.Set, error) {
	if r.UserInfo == nil || !r.UserInfoOnly && !r.Refers && r.complete() {
		return r.Token, nil
	}
	info, err := r.UserInfo(ctx)
	if err != nil {
		return claims.Set{}, err
	}
	if err := checkSubject(r.Token, info, r.Subject); err != nil {
		return claims.Set{}, err
	}
	if r.UserInfoOnly {
		return claimset.Layer(claims.Set{}, info), nil
	}
	return claimset.Layer(r.Token, info), nil
}

// complete reports whether the token has all claims that the caller will read.
func (r Resolution) complete() bool {
	for _, p := range r.Needed {
		if _, ok := r.Token.Lookup(p); !ok {
			return false
		}
	}
	return !r.LacksAlternatives()
}

// LacksAlternatives reports whether the token has none of the alternatives.
func (r Resolution) LacksAlternatives() bool {
	for _, p := range r.Alternatives {
		if _, ok := r.Token.Lookup(p); ok {
			return false
		}
	}
	return len(r.Alternatives) > 0
}

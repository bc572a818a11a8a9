package claims

import "context"

// Order says which source a claim is read from.
type Order int

// The orders. The zero value is TokenThenUserInfo.
const (
	// TokenThenUserInfo reads the token, and asks UserInfo only if the token lacks a needed claim.
	TokenThenUserInfo Order = iota
	// UserInfoOnly always asks UserInfo, and reads no claim from the token.
	UserInfoOnly
)

// Resolution is the input of [Resolve].
type Resolution struct {
	// Token holds the claims of the verified token.
	Token Set
	// Subject is the token's claim that must equal UserInfo's sub. The zero Path means sub.
	Subject Path
	// Needed lists the claims that the caller will read.
	Needed []Path
	// Order says which source they are read from.
	Order Order
	// UserInfo asks UserInfo. If nil, only the token is read.
	UserInfo func(context.Context) (Set, error)
}

// Resolve returns the claims of the token together with those of UserInfo. It asks UserInfo if [Resolution.Order] is
// [UserInfoOnly], or if the token lacks a claim that is needed, and at most once. The sub of UserInfo must be a
// string that equals the token's claim Subject (OpenID Connect Core 1.0 section 5.3.4); otherwise the error is a
// [*SubjectError]. An error of Resolution.UserInfo is returned as it is. A claim that both sources lack is not an
// error.
func Resolve(ctx context.Context, r Resolution) (Set, error) {
	if r.UserInfo == nil || r.Order == TokenThenUserInfo && r.complete() {
		return r.Token, nil
	}
	info, err := r.UserInfo(ctx)
	if err != nil {
		return Set{}, err
	}
	if err := checkSubject(r.Token, info, r.Subject); err != nil {
		return Set{}, err
	}
	if r.Order == UserInfoOnly {
		return Layer(Set{}, info), nil
	}
	return Layer(r.Token, info), nil
}

func (r Resolution) complete() bool {
	for _, p := range r.Needed {
		if _, ok := r.Token.Lookup(p); !ok {
			return false
		}
	}
	return true
}

package claims

import "context"

// Order says which source is asked for claims.
type Order int

// The orders.
const (
	TokenThenUserInfo Order = iota // UserInfo only for what the token lacks
	UserInfoOnly                   // UserInfo always, and nothing from the token
)

// Resolution is what [Resolve] needs.
type Resolution struct {
	Token    Set  // verified
	Subject  Path // the claim of the token that UserInfo's sub equals; zero: sub
	Needed   []Path
	Order    Order
	UserInfo func(context.Context) (Set, error) // nil: the token only
}

// Resolve brings together the token's claims and, where one that is needed is absent there, UserInfo's. UserInfo is
// asked once at most; its sub must be there and equal the token's claim Subject, both as strings (section 5.3.4), else the
// error is a [*SubjectError]. A claim that is absent from both is no error here.
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

package usermap

import "context"

// A Finder finds the local users that a verified claim value names.
//
// FindUsers returns every match, enabled and disabled. A finder that limits how many it returns puts enabled ones first and
// returns at least two of those if there are two: they are what makes the name ambiguous. No match is not an error;
// an error means that the lookup itself failed. Its text must not hold the value searched.
//
// FindUsers is called by many goroutines at once. The caller may keep and change the slice returned.
type Finder interface {
	FindUsers(context.Context, Query) ([]User, error)
}

// FinderFunc is a function that is a [Finder].
type FinderFunc func(context.Context, Query) ([]User, error)

// FindUsers calls f.
func (f FinderFunc) FindUsers(ctx context.Context, q Query) ([]User, error) { return f(ctx, q) }

// A Query is what is known, from a verified token, about the user to find.
type Query struct {
	Issuer  string // of the token
	Tenant  string // empty where the issuer has none
	Subject string // the claim sub
	Claim   string // the claim that Value was found in
	Value   string // to search for; an empty one matches nobody
}

// A User is a local user. The zero value is not enabled.
type User struct {
	ID       string // of the account
	Name     string // for people and audit records; may be empty
	PersonID string // of the person the account belongs to; may be empty
	Enabled  bool
	Value    any // the application's own user, if the finder has one
}

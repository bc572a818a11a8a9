package usermap

import "context"

// A Finder finds the local users that a verified claim names.
//
// FindUsers returns every match, enabled or disabled. If it limits their number, it returns enabled users first, and
// two of them if two match, because two enabled users make the name ambiguous. An empty result is not an error. An
// error means that the lookup failed; its text must not contain the value that was searched.
//
// FindUsers must be safe for concurrent use. The caller owns the returned slice.
type Finder interface {
	FindUsers(context.Context, Query) ([]User, error)
}

// A TenantComparer is a [Finder] that can say whether it compares [Query.Tenant]. [SQL] and [Table] are. The interface is
// optional.
//
// If ComparesTenant is false, and the claim that finds the user can be given to another person, such as an e-mail address,
// oidcauth.New logs a warning: a user of one tenant may then stand for that of another. A Finder without the method is
// believed to compare the tenant. A type that embeds a TenantComparer inherits its answer.
type TenantComparer interface {
	Finder
	ComparesTenant() bool
}

// A FinderFunc is a function that serves as a [Finder].
type FinderFunc func(context.Context, Query) ([]User, error)

// FindUsers calls f.
func (f FinderFunc) FindUsers(ctx context.Context, q Query) ([]User, error) { return f(ctx, q) }

// A Query holds what a verified token says about the user to find.
type Query struct {
	// Issuer is the issuer of the token.
	Issuer string
	// Tenant is the tenant of the token. It is empty if the issuer has no tenants.
	Tenant string
	// Subject is the claim sub.
	Subject string
	// Claim is the name of the claim that holds Value.
	Claim string
	// Value is the value to search for. An empty value matches no user.
	Value string
}

// A User is a local user. The zero value is disabled.
type User struct {
	// ID identifies the account.
	ID string
	// Name is for display and audit records. It may be empty.
	Name string
	// PersonID identifies the person to whom the account belongs. It may be empty.
	PersonID string
	// Enabled reports whether the user may use the application.
	Enabled bool
	// Value is the application's own representation of the user, if the finder provides one.
	Value any
}

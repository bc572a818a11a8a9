package oidcauth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// Identity is who a verified token stands for. It is immutable and may be shared by many requests. The methods of a nil
// Identity, of an anonymous request, return zero values. However it is printed, logged or marshalled, it shows no
// value of a claim that concerns a person, and nothing of the user.
type Identity struct {
	// Two pointers, for package fmt follows one where it may call no method: in an unexported field of another struct.
	at **identity
}

// identity is what an Authenticator knows of an accepted token. Its rules and its token are for the decision about a scope that
// is missing; nil where no Authenticator made the Identity.
type identity pipeline.Result

// Issuer is the token's iss.
func (i *Identity) Issuer() string { return i.known().Issuer }

// Subject is the token's sub; empty where a machine token has none.
func (i *Identity) Subject() string { return i.known().Subject }

// Tenant is the value of the issuer's Tenant claim; empty where none is configured.
func (i *Identity) Tenant() string { return i.known().Tenant }

// Name is the user name for audit records: the Name claim where one is configured, else the user's, else the subject.
func (i *Identity) Name() string {
	known := i.known()
	switch {
	case known.Name != "":
		return known.Name
	case known.User.Name != "":
		return known.User.Name
	}
	return known.Subject
}

// Expires is the token's exp.
func (i *Identity) Expires() time.Time { return i.known().Expires }

// Claims are the token's claims, with UserInfo's behind them where it had to be asked.
func (i *Identity) Claims() claims.Set { return i.known().Claims }

// User is the one enabled user; the zero User where no finder is configured.
func (i *Identity) User() usermap.User { return i.known().User }

var nobodyKnown identity

func (i *Identity) known() *identity {
	if i == nil || i.at == nil {
		return &nobodyKnown
	}
	return *i.at
}

func identityOf(r pipeline.Result) *Identity { return newIdentity(identity(r)) }

// newIdentity takes one allocation.
func newIdentity(known identity) *Identity {
	whole := &struct {
		Identity
		at *identity
		identity
	}{identity: known}
	whole.at = &whole.identity
	whole.Identity.at = &whole.at
	return &whole.Identity
}

// HasScopes tells whether the token grants all of these scopes (scope or scp, RFC 8693 section 4.2). A nil Identity has none.
func (i *Identity) HasScopes(all ...string) bool {
	if i == nil {
		return false
	}
	for _, s := range all {
		if !slices.Contains(i.known().Scopes, s) {
			return false
		}
	}
	return true
}

// RequireScopes returns nil, or an [Error] of reason [InsufficientScope] that names what is required; for a nil
// Identity, of an anonymous request, one of reason [NoCredentials]. Hand it to [Authenticator.Refuse].
func (i *Identity) RequireScopes(all ...string) error {
	if i == nil {
		return &Error{Reason: reason.NoCredentials, Detail: "no identity: the request is anonymous, or no Handler stands before this"}
	}
	if i.HasScopes(all...) {
		return nil
	}
	return &Error{
		Reason: reason.InsufficientScope, Detail: fmt.Sprintf("required: %q; granted: %q", all, record.List(i.known().Scopes)),
		scopes: slices.Clone(all), identity: i,
	}
}

// identityKey is a type of its own, so that no other package's key equals it.
type identityKey struct{}

// NewContext returns a context that carries the identity.
func NewContext(ctx context.Context, id *Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, id)
}

// FromContext returns the identity that [Authenticator.Handler] put into the request's context.
func FromContext(ctx context.Context) (*Identity, bool) {
	id, ok := ctx.Value(identityKey{}).(*Identity)
	return id, ok && id != nil
}

// UserAs returns the value that the finder put into the user's Value, if it is of type T.
func UserAs[T any](ctx context.Context) (T, bool) {
	if id, ok := FromContext(ctx); ok {
		v, ok := id.known().User.Value.(T)
		return v, ok
	}
	var zero T
	return zero, false
}

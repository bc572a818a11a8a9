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

// Issuer returns the token's iss.
func (i *Identity) Issuer() string { return i.known().Issuer }

// Subject returns the token's sub. It is empty if the token has none, as that of a machine may.
func (i *Identity) Subject() string { return i.known().Subject }

// Tenant returns the value of the claim [ClaimRules.Tenant]. It is empty if no such claim is configured.
func (i *Identity) Tenant() string { return i.known().Tenant }

// Name returns the user name for audit records: the claim [ClaimRules.Name] if it is configured, else the name of the user, else
// the subject.
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

// Expires returns the token's exp. It is zero if introspection names no exp.
func (i *Identity) Expires() time.Time { return i.known().Expires }

// ClientID returns the client that asked for the token: its azp, client_id, cid or appid, which different products use. It is
// empty if the token names no client, if two of these claims name different clients, and if only UserInfo was asked about the
// token ([Introspection.InsecureByUserInfo]).
func (i *Identity) ClientID() string { return pipeline.Result(*i.known()).ClientID() }

// Scopes returns what the token grants, from scope and scp, in the token's order. The slice is a copy.
func (i *Identity) Scopes() []string { return slices.Clone(i.known().Scopes) }

// Claims returns the claims of the token, and those of UserInfo that the token lacks if UserInfo had to be asked. With
// [ClaimRules.UserInfoOnly] they are those of UserInfo alone.
func (i *Identity) Claims() claims.Set { return i.known().Claims }

// Decode reads all claims into what v points to, by the rules of encoding/json; see [claims.Set.Decode]. A claim of the token
// takes precedence over one of UserInfo. UserInfo is not asked: its claims are there only if the configuration needs a claim
// that the token lacks. A token has at most 64 KiB, and an answer of UserInfo that a provider.Client reads 1 MiB.
// The result shares no memory with the Identity.
func (i *Identity) Decode(v any) error { return i.known().Claims.Decode(v) }

// User returns the one enabled user. It is the zero User if [Config.Users] is nil. What its Value points to is shared by all
// requests of the user.
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

// HasScopes reports whether the token grants all of these scopes (scope or scp, RFC 8693 section 4.2). A nil Identity has no
// scopes.
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

// RequireScopes returns nil, or an [Error] of reason insufficient_scope that names what is required; for a nil
// Identity, of an anonymous request, one of reason no_credentials. [Authenticator.Refuse] answers it.
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

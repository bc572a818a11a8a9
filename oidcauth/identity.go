package oidcauth

import (
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/usermap"
)

// Identity is the caller that a verified token identifies. It is immutable, and many requests may share it. An anonymous request
// has a nil Identity, whose methods return zero values. Its printed, logged and marshalled forms contain no personal value of
// a claim, and no data of the user.
type Identity struct {
	// at is a pointer to a pointer, so that package fmt never prints the data. If another struct has an unexported field of type
	// *Identity, fmt cannot call Format. It then follows one pointer, but not a second one.
	at **identity
	// accepted is the decision that accepted the request, as reported to OnEvent. A later refusal has the same ID.
	accepted *decision.Decision
}

// identity contains the data of an accepted token. The decision about a missing scope reads its rules and its token. They are
// nil if no Authenticator made the Identity.
type identity pipeline.Result

// Issuer returns the token's iss.
func (i *Identity) Issuer() string { return i.data().Issuer }

// DecisionID returns the ID of the decision that accepted the request. It is empty unless [Config.OnEvent], [Log.Accepted] or
// [Response.DecisionID] is set: otherwise requests with one token share one Identity.
func (i *Identity) DecisionID() string {
	if i == nil || i.accepted == nil {
		return ""
	}
	return i.accepted.ID
}

// Subject returns the token's sub. It is empty if the token has no sub: some providers issue such tokens to machines.
func (i *Identity) Subject() string { return i.data().Subject }

// Tenant returns the value of the claim [ClaimRules.Tenant]. It is empty if no such claim is configured.
func (i *Identity) Tenant() string { return i.data().Tenant }

// Name returns a name for audit records: the value of the claim [ClaimRules.Name]. If no such claim is configured, it is the name
// of the user, and if that is empty too, the subject.
func (i *Identity) Name() string {
	data := i.data()
	switch {
	case data.Name != "":
		return data.Name
	case data.User.Name != "":
		return data.User.Name
	}
	return data.Subject
}

// Expires returns the token's exp. It is zero if the answer of introspection has no exp. Of a session of package login it is the end.
func (i *Identity) Expires() time.Time { return i.data().Expires }

// ClientID returns the client to which the token was issued. Different products name it in azp, client_id, cid or appid. It is
// empty if the token has none of these claims, if two of them name different clients, or if the token was verified by UserInfo
// alone ([Introspection.InsecureByUserInfo]).
func (i *Identity) ClientID() string { return pipeline.Result(*i.data()).ClientID() }

// Scopes returns the scopes that the token grants. They come from scope and scp, in the token's order. The slice is a copy.
func (i *Identity) Scopes() []string { return slices.Clone(i.data().Scopes) }

// Roles returns the roles that [ClaimRules.Roles] reads, each once. The slice is a copy.
func (i *Identity) Roles() []string { return slices.Clone(i.data().Roles) }

// Claims returns the claims of the token. If UserInfo was requested, claims that the token lacks come from its answer. With
// [ClaimRules.UserInfoOnly], all claims come from UserInfo. Of a session of package login, the token is the ID token.
func (i *Identity) Claims() claims.Set { return i.data().Claims }

// Decode decodes all claims into the variable that v points to, by the rules of encoding/json; see [claims.Set.Decode]. A claim
// of the token takes precedence over a claim of UserInfo. Decode sends no request: claims of UserInfo are included only if the
// verification needed a claim that the token lacks. A token has at most 64 KiB, and an answer of UserInfo to a
// provider.Client at most 1 MiB. The result shares no memory with the Identity.
func (i *Identity) Decode(v any) error { return i.data().Claims.Decode(v) }

// User returns the enabled local user of the token. It is the zero User if no user store is configured ([Config.Users],
// [Issuer.Users]). Requests of one user may share the Value of the User, so do not modify the data behind it.
func (i *Identity) User() usermap.User { return i.data().User }

var zeroIdentity identity

func (i *Identity) data() *identity {
	if i == nil || i.at == nil {
		return &zeroIdentity
	}
	return *i.at
}

func identityOf(r pipeline.Result) *Identity { return newIdentity(identity(r)) }

// newIdentity allocates the Identity, its pointer and its data at once.
func newIdentity(data identity) *Identity {
	whole := &struct {
		Identity
		at *identity
		identity
	}{identity: data}
	whole.at = &whole.identity
	whole.Identity.at = &whole.at
	return &whole.Identity
}

// HasScopes reports whether the token grants all of these scopes (scope or scp, RFC 8693 section 4.2). "a b" means two scopes, as
// in the claim. An empty scope is never granted. Without arguments it returns true, except for a nil Identity.
func (i *Identity) HasScopes(all ...string) bool {
	if i == nil {
		return false
	}
	granted := i.data().Scopes
	for _, s := range all {
		for more := true; more; {
			var scope string
			if scope, s, more = strings.Cut(s, " "); !slices.Contains(granted, scope) {
				return false
			}
		}
	}
	return true
}

// HasRoles reports whether the caller has all of these roles; see [ClaimRules.Roles]. Without arguments it returns true, except
// for a nil Identity.
func (i *Identity) HasRoles(all ...string) bool {
	if i == nil {
		return false
	}
	for _, role := range all {
		if !slices.Contains(i.data().Roles, role) {
			return false
		}
	}
	return true
}

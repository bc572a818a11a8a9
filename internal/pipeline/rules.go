package pipeline

import (
	"errors"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/keyset"
	"github.com/knownbearer/knownbearer/usermap"
)

// The default and the maximum of the leeway.
const (
	DefaultLeeway = time.Minute
	MaxLeeway     = 10 * time.Minute
)

// SubjectClaim is the claim that identifies the user if the configuration names no other claim.
var SubjectClaim = claims.Name("sub")

// TenantClaim is the claim that selects the tenant of a templated issuer.
var TenantClaim = claims.Name("tid")

// Rules are the compiled configuration of one issuer. They are immutable after Prepare.
type Rules struct {
	URL, DiscoveryURL string
	Tenants           []string
	Audience          []string
	ClientIDs         []string
	Algorithms        []string
	AccessTokenTypes  []string
	LogoutAudience    []string
	HTTPClient        *http.Client

	Declared   *Rules            // the Rules as they were before their clients inherited settings; it is only compared
	Keys       certsource.Source // bound to the issuer
	Discovered bool              // the configuration names no source of keys

	UserInfo        claims.Fetcher
	UserInfoSubject claims.Path
	UserInfoOnly    bool // all claims come from UserInfo

	Users                  usermap.Finder // nil: no user is looked up
	OwnUsers               bool           // Users is set for this issuer, and not for the whole configuration
	Search, Name, Tenant   claims.Path
	ACR, AuthTime, AuthAge claims.Path   // if zero: acr, auth_time, and no claim
	Claims                 []claims.Path // the claims that the handlers need
	Checks                 []claims.Check
	Roles                  RoleRules
	Leeway                 time.Duration
	Now                    func() time.Time // nil: time.Now

	Introspector              claims.Introspector
	IntrospectionAge          time.Duration
	Opaque                    func(token string) bool
	IntrospectJWTs            bool
	AudienceOfIntrospectedJWT bool
	RequireTokenType          bool

	Revoker           claims.Revoker
	ConfirmRevocation bool

	JWTSVID                               bool // URL is a trust domain
	HeaderChecks                          []claims.Check
	PaddedTokens                          bool
	HeaderChecksInsteadOfAudience         bool
	ClientIDInsteadOfAudience             bool
	IDTokenIsAccessToken                  bool
	RequireBoundTokens                    bool // a token without cnf is refused
	ConfirmByUserInfo                     bool // UserInfo must accept each token
	InsecureSkipAudience                  bool
	InsecureIntrospectionWithoutAudience  bool
	InsecureIntrospectionWithoutTokenType bool
	InsecureOpaqueByUserInfo              bool
	InsecureIgnoreConfirmation            bool

	ShowClaimValues bool // the details of faults contain the values of claims

	Needed          []claims.Path // the claims that checks, user and handlers read
	required        []claims.Path // the claims of Needed that may not be absent, except the claims that only a check reads
	answers         providerAnswers
	statesTokenType atomic.Bool // an earlier answer of introspection stated the type of an access token
}

// defaultRules apply while the faults of a token of an unknown issuer are explained.
var defaultRules = Rules{Leeway: DefaultLeeway}

// Prepare fills in the fields that depend on other fields. Call it once, before the rules are used.
func (r *Rules) Prepare() {
	r.Needed, r.required = r.neededClaims()
	r.answers = newProviderAnswers(r.IntrospectionAge)
}

func (r *Rules) neededClaims() (needed, required []claims.Path) {
	for _, p := range []claims.Path{r.Search, r.Name, r.Tenant} {
		if !p.IsZero() {
			required = append(required, p)
		}
	}
	needed = slices.Clone(required)
	for _, check := range r.Checks {
		needed = append(needed, check.Paths()...)
	}
	return append(needed, r.Claims...), append(required, r.Claims...)
}

// ChecksRequire reports whether the checks fail without this claim. This is so if a check, or a part of an AllOf, fails without
// the claim and reads no other claim.
func (r *Rules) ChecksRequire(p claims.Path) bool {
	return slices.ContainsFunc(r.Checks, func(c claims.Check) bool {
		return slices.ContainsFunc(c.Failed(claims.Set{}), func(part claims.Check) bool { return slices.Equal(part.Paths(), []claims.Path{p}) })
	})
}

// UsesKeys reports whether signatures are verified with the issuer's keys. It returns false if all tokens are introspected and no
// logout token is accepted.
func (r *Rules) UsesKeys() bool {
	return !r.IntrospectJWTs || r.AudienceOfIntrospectedJWT || len(r.LogoutAudience) > 0
}

// AcceptsOpaque reports whether opaque tokens are accepted.
func (r *Rules) AcceptsOpaque() bool { return r.Introspector != nil || r.InsecureOpaqueByUserInfo }

// HasNoKeySet reports whether the issuer needs no keys, because its tokens are opaque, and its discovery document named no key
// set when it was last fetched.
func (r *Rules) HasNoKeySet() bool {
	if !r.AcceptsOpaque() || r.AudienceOfIntrospectedJWT || len(r.LogoutAudience) > 0 {
		return false
	}
	return slices.ContainsFunc(r.Reports(), func(report certsource.Report) bool {
		return errors.Is(report.Err, discovery.ErrNoKeySet)
	})
}

// Reports returns the state of the sources of keys, or nil if they do not report it.
func (r *Rules) Reports() []certsource.Report {
	if reporter, ok := r.Keys.(certsource.Reporter); ok {
		return reporter.Report()
	}
	return nil
}

func (r *Rules) keySet() keyset.Set { return keyset.Set{Source: r.Keys, Issuer: r.URL} }

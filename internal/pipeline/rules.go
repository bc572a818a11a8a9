package pipeline

import (
	"errors"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
)

// The bounds of leeway.
const (
	DefaultLeeway = time.Minute
	MaxLeeway     = 10 * time.Minute
)

// SubjectClaim is the registered claim that finds the user where the configuration names none.
var SubjectClaim = claims.Name("sub")

// Rules are what one issuer's tokens are judged by, compiled from the configuration. They do not change.
type Rules struct {
	URL, DiscoveryURL string
	Tenants           []string
	Audience          []string
	ClientIDs         []string
	Algorithms        []string
	AccessTokenTypes  []string
	LogoutAudience    []string
	HTTPClient        *http.Client

	Keys       certsource.Source // bound to the issuer
	Discovered bool              // the configuration names no source of keys

	UserInfo        claims.Fetcher
	UserInfoSubject claims.Path
	UserInfoOnly    bool // no claim is read from the token

	Search, Name, Tenant claims.Path
	Claims               []claims.Path
	Checks               []claims.Check
	Leeway               time.Duration

	Introspector              claims.Introspector
	IntrospectionAge          time.Duration
	Opaque                    func(token string) bool
	IntrospectJWTs            bool
	AudienceOfIntrospectedJWT bool
	RequireTokenType          bool

	Revoker           claims.Revoker
	ConfirmRevocation bool

	ClientIDInsteadOfAudience             bool
	IDTokenIsAccessToken                  bool
	InsecureSkipAudience                  bool
	InsecureIntrospectionWithoutAudience  bool
	InsecureIntrospectionWithoutTokenType bool
	InsecureOpaqueByUserInfo              bool
	InsecureIgnoreConfirmation            bool

	Needed        []claims.Path // what has to be resolved before checks and user
	userInfo      *answers.Cache[claims.Set]
	introspection *answers.Cache[claims.Set]
	tellsClass    atomic.Bool // an answer of introspection said of what kind a token is
}

// Prepare makes what the rules need while they are used.
func (iss *Rules) Prepare() {
	iss.Needed = iss.neededClaims()
	iss.userInfo, iss.introspection = newUserInfoCache(), newIntrospectionCache(iss.IntrospectionAge)
}

func (iss *Rules) neededClaims() []claims.Path {
	var out []claims.Path
	for _, p := range []claims.Path{iss.Search, iss.Name, iss.Tenant} {
		if !p.IsZero() {
			out = append(out, p)
		}
	}
	for _, check := range iss.Checks {
		out = append(out, check.Path())
	}
	return append(out, iss.Claims...)
}

func (iss *Rules) ChecksOn(p claims.Path) bool {
	return slices.ContainsFunc(iss.Checks, func(c claims.Check) bool { return c.Path() == p })
}

// UsesKeys is false where every token of the issuer is asked about, and no logout token is taken.
func (iss *Rules) UsesKeys() bool {
	return !iss.IntrospectJWTs || iss.AudienceOfIntrospectedJWT || len(iss.LogoutAudience) > 0
}

func (iss *Rules) TakesOpaque() bool { return iss.Introspector != nil || iss.InsecureOpaqueByUserInfo }

// SignsNothing reports whether the issuer takes opaque tokens, and was last seen to have no keys for others.
func (iss *Rules) SignsNothing() bool {
	if !iss.TakesOpaque() || iss.AudienceOfIntrospectedJWT || len(iss.LogoutAudience) > 0 {
		return false
	}
	return slices.ContainsFunc(iss.Reports(), func(r certsource.Report) bool {
		return errors.Is(r.Err, certsource.ErrNoKeySet)
	})
}

func (iss *Rules) Reports() []certsource.Report {
	if r, ok := iss.Keys.(certsource.Reporter); ok {
		return r.Report()
	}
	return nil
}

package oidcauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/usermap"
)

// Config says whose tokens are accepted and what they must name. A nil field means the safe default.
//
// The Logger gets one record a refusal, at most 100 for each reason and then 10 a second. They are INFO; WARN where a
// dependency failed; ERROR where it failed and no token can have brought that about, once a minute for each reason.
//
// Code of the service that panics on the request's goroutine (Users, DenyList, Now, OnDecision, RefuseFunc, the handler of
// the Logger, Issuer.Keys, Issuer.Opaque, Issuer.Revoker) ends that request in net/http, and no handler runs behind it. What
// runs on a goroutine of its own (Issuer.Introspector, Issuer.UserInfo, HTTPClient) is answered as 503. The Logger gets the
// value and the stack of that panic at ERROR, once a minute; the client gets neither. Such a call that ignores its context is
// waited for 11 s; 1000 of them may go on.
type Config struct {
	Issuers    []Issuer         // at least one; the token's iss selects
	Users      usermap.Finder   // nil: tokens are verified, no user is looked up
	HTTPClient *http.Client     // for keys and discovery; see [Issuer.HTTPClient]; nil: one with a timeout of 5 s
	Cache      Cache            // of verified tokens
	Realm      string           // of the challenges; default "api"
	Now        func() time.Time // nil: time.Now
	Logger     *slog.Logger     // gets the records; nil: slog.Default()

	// DenyList keeps what [Authenticator.Revoke] and [Authenticator.BackChannelLogout] refuse; nil: a list of 100,000
	// entries in this process's memory, which ends with the Authenticator. Replicas share one, or each refuses only what it
	// was told itself; so do Authenticators of one process, and one that takes another's place.
	DenyList denylist.List
	// MaxTokenLife is how long a logout, and the revocation of a token that names no exp, are kept: as long as the longest
	// life of a token that an issuer gives out. 0: 24 h; at most 366 days.
	MaxTokenLife time.Duration
	// InsecureDenyListFailsOpen accepts tokens while the deny list cannot be asked, instead of answering 503.
	InsecureDenyListFailsOpen bool

	// OnDecision is told of every decision of Check, Handler and Refuse, for metrics; of those that accept, and of refusals
	// that are too many to be logged, without steps. It runs on the request's goroutine.
	OnDecision func(context.Context, *decision.Decision)
	// RefuseFunc answers refused requests instead of [Authenticator.Refuse]'s own answer.
	RefuseFunc func(http.ResponseWriter, *http.Request, *Error)
	// ProblemDetails answers refusals as application/problem+json (RFC 9457) instead of application/json.
	ProblemDetails bool
	// ShowClaimValues puts the values of personal claims into decisions and logs, where they are redacted otherwise.
	ShowClaimValues bool
	// InsecureExplainToClient puts the whole decision into the body of a refusal. It is for development: it tells an
	// attacker what to try next.
	InsecureExplainToClient bool
}

// Issuer is one identity provider, and the rules for its tokens.
//
// A *provider.Client in UserInfo, Introspector or Revoker takes Keys, Algorithms, HTTPClient and DiscoveryURL from here, and Now
// from the Config, where its own configuration names none (see [provider.Client.Inherit]). What wraps or embeds one is used as
// it is: it has to be given them.
type Issuer struct {
	// URL is compared exactly with the token's iss; an opaque string, such as "urn:STS/identity". It may hold
	// {tenantid}, as Entra ID's "https://login.microsoftonline.com/{tenantid}/v2.0" does: the token's tid stands there.
	URL          string
	Tenants      []string          // the only ones a templated URL stands for; nil: any, with a warning
	DiscoveryURL string            // default: URL + "/.well-known/openid-configuration", with "common" for {tenantid}
	Audience     []string          // required: the token's aud must hold one of them
	ClientIDs    []string          // who may have asked for the token (azp, client_id, cid, appid); nil: anyone
	Algorithms   []string          // nil: RS, PS and ES 256, 384 and 512, and EdDSA, also called Ed25519 (RFC 9864); nothing else is possible
	Keys         certsource.Source // nil: certsource.Discovered{}
	// HTTPClient is used for this provider alone, and never changed; nil: the Config's. Its Transport is used as it is, its
	// Timeout up to 5 s, which is the longest that a request may take. Its CheckRedirect is asked about redirects that would be
	// followed: at most 3, within the origin, and none with credentials. Its Jar is not used: there are no cookies.
	HTTPClient *http.Client

	UserInfo   claims.Fetcher // nil: claims come from the token only
	ClaimOrder claims.Order   // default: the token first, UserInfo second
	// UserInfoSubject is the claim of the token that UserInfo's sub must equal, exactly and as a string; default sub. UserInfo
	// names the sub of the ID token, which some products put into another claim of the access token (Okta: uid). Of an opaque
	// token it is a claim of introspection's answer, such as username where that has no sub (RFC 7662 section 2.2).
	UserInfoSubject claims.Path

	Checks       []claims.Check // each must hold
	Search       claims.Path    // the claim that finds the user; default sub
	Name, Tenant claims.Path    // the user name for audit records; the tenant, by default tid of a templated issuer
	Claims       []claims.Path  // further claims the handlers cannot do without
	Leeway       Span           // for exp and nbf; default 60 s; Exactly(0): none; at most 10 min

	// Introspector is asked about opaque tokens, which are not JWTs; nil: they are refused. A *provider.Client is one. What it
	// says of a token is kept for IntrospectionAge and never beyond the token's exp, so a token that the provider revokes
	// is accepted for that long.
	Introspector     claims.Introspector
	IntrospectionAge Span // default 60 s; Exactly(0): it is asked for each request; at most 10 min
	// Opaque tells which tokens that are no JWT of a configured issuer are this issuer's; nil: every token that is no
	// JWT. It is required where two issuers take opaque tokens: none is shown to a provider that did not issue it. It is not
	// asked about a token that looks like a JWT and is malformed.
	Opaque func(token string) bool
	// IntrospectJWTs asks about this issuer's JWTs too, instead of verifying them: for keys that are not published, and
	// where a revoked token must be refused within IntrospectionAge.
	IntrospectJWTs bool
	// AudienceOfIntrospectedJWT takes the audience of a JWT from its own aud where introspection names none, if its signature
	// verifies by Keys as well, which is looked at with each request. It needs IntrospectJWTs.
	AudienceOfIntrospectedJWT bool

	// RequireTokenType refuses every answer of introspection that does not say that the token is an access token, by
	// token_type, token_use, tokenType or typ. Some providers call refresh tokens active too, and say of access tokens only
	// what they are. Without it such an answer is refused where no aud is compared with Audience, and as soon as another
	// answer that was accepted said it; that is remembered in memory, until the process ends.
	RequireTokenType bool
	// AccessTokenTypes are further values of token_type, token_use, tokenType and typ, of tokens and of introspection's
	// answers, that name an access token, compared exactly. Bearer, access, access_token, JWT, at+jwt and their like are known; a
	// token that names anything else is refused. None may name a refresh token or an ID token.
	AccessTokenTypes []string

	// Revoker is asked by [Authenticator.Revoke]; nil: tokens are refused here only. A provider revokes tokens of the client
	// that asks, and may answer 200 and do nothing for others (RFC 7009 section 2.2).
	Revoker Revoker
	// ConfirmRevocation asks Introspector after each revocation, past what is kept, whether the token is still active; Revoke
	// returns a [NotRevokedError] if it is. It needs Revoker and Introspector.
	ConfirmRevocation bool
	LogoutAudience    []string // client ids that the provider sends logout tokens to; nil: none is taken

	// ClientIDInsteadOfAudience accepts a token without aud (Amazon Cognito) if ClientIDs names its client.
	// A token that has an aud is judged by Audience all the same.
	ClientIDInsteadOfAudience bool
	// IDTokenIsAccessToken is for products that issue one JWT as both.
	IDTokenIsAccessToken bool
	// InsecureSkipAudience accepts tokens that were issued for other services. Never set it where the issuer
	// serves more than this one service.
	InsecureSkipAudience bool
	// InsecureIntrospectionWithoutAudience accepts opaque tokens of which introspection names no aud. Whoever may introspect
	// here is then the only bound on whom a token was issued for, and introspection must say that it is an access token
	// (see RequireTokenType).
	InsecureIntrospectionWithoutAudience bool
	// InsecureIntrospectionWithoutTokenType accepts what introspection calls active without saying that it is an access token,
	// where RequireTokenType's rules want it said. Set it only if the provider calls no refresh token and no ID token active.
	InsecureIntrospectionWithoutTokenType bool
	// InsecureOpaqueByUserInfo accepts opaque tokens that UserInfo accepts, where there is no introspection. Those of every
	// client of the provider are, for UserInfo does not say whom a token was issued for. Nor does it say what was granted:
	// they have no scopes.
	InsecureOpaqueByUserInfo bool
	// InsecureIgnoreConfirmation accepts a key-bound token (cnf) as a plain bearer token, from whoever holds it.
	InsecureIgnoreConfirmation bool
}

const (
	defaultIntrospectionAge = time.Minute
	maxIntrospectionAge     = 10 * time.Minute
)

func (c Config) withDefaults() Config {
	if c.Realm == "" {
		c.Realm = "api"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.MaxTokenLife == 0 {
		c.MaxTokenLife = pipeline.DefaultTokenLife
	}
	if c.DenyList == nil {
		c.DenyList = &denylist.Memory{Now: c.Now}
	}
	return c
}

// validate returns every fault that could wrongly admit a token, joined.
func (c Config) validate() error {
	var faults []error
	if len(c.Issuers) == 0 {
		faults = append(faults, &ConfigError{Field: "Issuers", Problem: "at least one is required"})
	}
	if strings.ContainsFunc(c.Realm, func(r rune) bool { return r < 0x20 || r > 0x7E }) {
		faults = append(faults, &ConfigError{Field: "Realm", Problem: "only printable ASCII fits a challenge"})
	}
	if guard.IsNil(c.Users) {
		faults = append(faults, &ConfigError{Field: "Users", Problem: "is a nil pointer or function"})
	}
	if guard.IsNil(c.DenyList) {
		faults = append(faults, &ConfigError{Field: "DenyList", Problem: "is a nil pointer or function"})
	}
	if nilTransport(c.HTTPClient) {
		faults = append(faults, &ConfigError{Field: "HTTPClient", Problem: "has a nil pointer or function as its Transport"})
	}
	if c.Logger.Handler() == nil {
		faults = append(faults, &ConfigError{Field: "Logger", Problem: "has no handler: use slog.New"})
	}
	if c.MaxTokenLife < 0 || c.MaxTokenLife > pipeline.MaxTokenLife {
		faults = append(faults, &ConfigError{Field: "MaxTokenLife", Problem: "is not between 0 and 366 days"})
	}
	if c.Cache.MaxAge < 0 || c.Cache.MaxAge > pipeline.MaxCacheAge || c.Cache.UserMaxAge < 0 || c.Cache.UserMaxAge > pipeline.MaxCacheAge {
		faults = append(faults, &ConfigError{Field: "Cache", Problem: "keeps for longer than an hour, or for less than nothing"})
	}
	seen := make(map[string]bool, len(c.Issuers))
	for i, iss := range c.Issuers {
		field := fmt.Sprintf("Issuers[%d].", i)
		if seen[iss.URL] {
			faults = append(faults, &ConfigError{Field: field + "URL", Problem: "is configured twice"})
		}
		seen[iss.URL] = true
		if iss.takesOpaque() && iss.Opaque == nil && c.opaqueIssuers() > 1 {
			faults = append(faults, &ConfigError{Field: field + "Opaque", Problem: "is required, since more than one issuer takes opaque tokens"})
		}
		for _, fault := range iss.faults() {
			fault.Field = field + fault.Field
			faults = append(faults, fault)
		}
	}
	return errors.Join(faults...)
}

// usesKeys is false where every token of the issuer is asked about, and no logout token is taken.
func (iss Issuer) usesKeys() bool {
	return !iss.IntrospectJWTs || iss.AudienceOfIntrospectedJWT || len(iss.LogoutAudience) > 0
}

func (iss Issuer) takesOpaque() bool { return iss.Introspector != nil || iss.InsecureOpaqueByUserInfo }

func (c Config) opaqueIssuers() (n int) {
	for _, iss := range c.Issuers {
		if iss.takesOpaque() {
			n++
		}
	}
	return n
}

func (iss Issuer) faults() []*ConfigError {
	var out []*ConfigError
	add := func(bad bool, field, problem string, err error) {
		if bad {
			out = append(out, &ConfigError{Field: field, Problem: problem, Err: err})
		}
	}
	add(iss.URL == "", "URL", "is empty", nil)
	add(strings.Contains(iss.URL, "/.well-known/"), "URL", "is that of a document: put it into DiscoveryURL, and the issuer that it names here", nil)
	if iss.URL != "" && iss.Keys == nil && iss.DiscoveryURL == "" && iss.usesKeys() {
		err := fetch.CheckURL(discovery.URL(iss.URL))
		add(err != nil, "URL", "is none that keys could be discovered at: use https, or set DiscoveryURL or Keys", err)
	}
	add(guard.IsNil(iss.Keys), "Keys", "is a nil pointer or function", nil)
	add(guard.IsNil(iss.UserInfo), "UserInfo", "is a nil pointer or function", nil)
	add(guard.IsNil(iss.Introspector), "Introspector", "is a nil pointer or function", nil)
	add(guard.IsNil(iss.Revoker), "Revoker", "is a nil pointer or function", nil)
	add(nilTransport(iss.HTTPClient), "HTTPClient", "has a nil pointer or function as its Transport", nil)
	add(strings.ContainsAny(discovery.ForTenant(iss.URL, ""), "{}"), "URL", "holds a placeholder other than {tenantid}", nil)
	add(iss.Tenants != nil && !discovery.Templated(iss.URL), "Tenants", "needs {tenantid} in URL; for one tenant, add a check on tid", nil)
	for _, id := range iss.Tenants {
		add(!pipeline.IsTenant(id), "Tenants", "holds what is neither an id nor a domain name", nil)
	}
	noAudience := len(iss.Audience) == 0 && !iss.InsecureSkipAudience && !iss.ClientIDInsteadOfAudience
	add(noAudience, "Audience", "is empty", nil)
	add(slices.Contains(iss.Audience, ""), "Audience", "holds an empty value", nil)
	add(slices.Contains(iss.ClientIDs, ""), "ClientIDs", "holds an empty value", nil)
	add(slices.Contains(iss.LogoutAudience, ""), "LogoutAudience", "holds an empty value", nil)
	add(iss.ConfirmRevocation && (iss.Revoker == nil || iss.Introspector == nil), "ConfirmRevocation", "needs Revoker and Introspector", nil)
	add(iss.ClientIDInsteadOfAudience && len(iss.ClientIDs) == 0, "ClientIDs", "is required by ClientIDInsteadOfAudience", nil)
	add(!iss.Leeway.within(pipeline.MaxLeeway), "Leeway", "is not between 0 and 10 min", nil)
	for _, alg := range iss.Algorithms {
		add(!jose.Allowed(alg), "Algorithms", "holds one that is never accepted: "+alg, nil)
	}
	if iss.DiscoveryURL != "" {
		err := fetch.CheckURL(iss.DiscoveryURL)
		add(err != nil, "DiscoveryURL", "must not be fetched", err)
	}
	for _, p := range append([]claims.Path{iss.Search, iss.Name, iss.Tenant, iss.UserInfoSubject}, iss.Claims...) {
		if !p.IsZero() {
			err := p.Validate()
			add(err != nil, "Search, Name, Tenant, UserInfoSubject or Claims", "is not a claim path", err)
		}
	}
	for i, check := range iss.Checks {
		err := check.Validate()
		add(err != nil, fmt.Sprintf("Checks[%d]", i), "could never be decided", err)
	}
	add(iss.Opaque != nil && !iss.takesOpaque(), "Opaque", "has nobody to ask: Introspector is nil", nil)
	add(iss.RequireTokenType && iss.Introspector == nil, "RequireTokenType", "has nobody to ask: Introspector is nil", nil)
	add(iss.RequireTokenType && iss.InsecureIntrospectionWithoutTokenType, "RequireTokenType", "contradicts InsecureIntrospectionWithoutTokenType", nil)
	for _, name := range iss.AccessTokenTypes {
		add(name == "" || pipeline.NamesOtherToken(name), "AccessTokenTypes", "holds an empty value, or one that names a refresh token or an ID token", nil)
	}
	add(iss.IntrospectJWTs && iss.Introspector == nil, "IntrospectJWTs", "has nobody to ask: Introspector is nil", nil)
	add(!iss.IntrospectionAge.within(maxIntrospectionAge), "IntrospectionAge", "is not between 0 and 10 min", nil)
	add(iss.AudienceOfIntrospectedJWT && !iss.IntrospectJWTs, "AudienceOfIntrospectedJWT", "needs IntrospectJWTs", nil)
	add(iss.InsecureOpaqueByUserInfo && iss.UserInfo == nil, "InsecureOpaqueByUserInfo", "has nobody to ask: UserInfo is nil", nil)
	add(iss.InsecureOpaqueByUserInfo && iss.Introspector != nil, "InsecureOpaqueByUserInfo", "contradicts Introspector, which is safer", nil)
	add(!iss.UserInfoSubject.IsZero() && iss.UserInfo == nil, "UserInfoSubject", "has nothing to be compared with: UserInfo is nil", nil)
	add(iss.ClaimOrder == claims.UserInfoOnly && iss.UserInfo == nil, "ClaimOrder", "asks for UserInfo only, and UserInfo is nil", nil)
	return out
}

// nilTransport tells a client that panics at its first request.
func nilTransport(c *http.Client) bool { return c != nil && guard.IsNil(c.Transport) }

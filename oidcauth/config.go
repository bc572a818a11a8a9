package oidcauth

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/usermap"
)

// Config says whose tokens are accepted and what they must name. The zero value of a field means its safe default; Issuers
// has none.
//
// Code of the service that panics on the request's goroutine ends that request in net/http, and no handler runs behind it:
// Users, Revocation.DenyList, Now, OnDecision, Response.Refuse, the Logger's handler, and an Issuer's Keys, Introspection.Owns,
// Revoker and the functions of its Claims.Checks. Code that runs on a goroutine of its own is answered as 503:
// Introspection.Client, Claims.UserInfo and HTTPClient. The Logger gets the value and the stack of such a panic at ERROR, once a
// minute; the client gets neither. A call that ignores its context is left behind after 11 s, and at most 1000 of them go on.
type Config struct {
	// Issuers are the identity providers whose tokens are accepted. At least one is required. The token's iss selects.
	Issuers []Issuer
	// Users finds the local user of a token. If nil, tokens are verified and no user is looked up.
	Users usermap.Finder
	// HTTPClient fetches keys and discovery documents; see [Issuer.HTTPClient]. If nil, a client with a timeout of 5 s does.
	HTTPClient *http.Client
	// Cache bounds what is kept of verified tokens.
	Cache Cache
	// Now is the clock. If nil, it is [time.Now].
	Now func() time.Time
	// Logger gets one record for each refusal: at most 100 for each reason, and then 10 a second. Refusals are logged at INFO;
	// at WARN if a dependency failed; at ERROR, once a minute for each reason, if it failed and no token can have caused that.
	// If nil, it is [slog.Default].
	Logger *slog.Logger
	// OnDecision is called with each decision of Check, CheckToken, Handler and Refuse, for metrics. A decision has no steps if
	// it accepts, or if so many requests were refused that it was not logged. It is called on the request's goroutine.
	OnDecision func(context.Context, *decision.Decision)
	// ShowClaimValues puts the values of personal claims into decisions and logs. They are redacted otherwise.
	ShowClaimValues bool

	// Revocation says how revoked tokens and ended sessions are remembered.
	Revocation Revocation
	// Response says how refused requests are answered.
	Response Response
	// Resource describes this API to clients.
	Resource Resource
}

// Revocation says how revoked tokens and ended sessions are remembered. [Authenticator.Revoke] and
// [Authenticator.BackChannelLogout] write, and each request with a token reads.
type Revocation struct {
	// DenyList keeps what is refused. If nil, it is a list of 100,000 entries in memory, which ends with the Authenticator.
	// Replicas must share one, or each refuses only what it was told itself. So must the Authenticators of one process, and one
	// that takes another's place.
	DenyList denylist.List
	// MaxTokenLife is the longest life of a token that an issuer gives out. A logout is kept for that long, and so is the
	// revocation of a token that names no exp. The default is 24 h; the most is 366 days.
	MaxTokenLife time.Duration
	// InsecureFailOpen accepts tokens while the deny list cannot be asked, instead of answering 503.
	InsecureFailOpen bool
}

// Response says how refused requests are answered.
type Response struct {
	// Realm stands in the challenges (RFC 6750 section 3). The default is "api".
	Realm string
	// Refuse answers refused requests instead of [Authenticator.Refuse]'s own answer.
	Refuse func(http.ResponseWriter, *http.Request, *Error)
	// InsecureExplain puts the whole decision into the body of a refusal. It is for development: it tells an attacker what to
	// try next.
	InsecureExplain bool
}

func (c Config) withDefaults() Config {
	if c.Response.Realm == "" {
		c.Response.Realm = "api"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Revocation.MaxTokenLife == 0 {
		c.Revocation.MaxTokenLife = pipeline.DefaultTokenLife
	}
	if c.Revocation.DenyList == nil {
		c.Revocation.DenyList = &denylist.Memory{Now: c.Now}
	}
	return c
}

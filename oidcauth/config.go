package oidcauth

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/usermap"
)

// Config configures an [Authenticator]. Issuers is required. The zero value of every other field is its safe default.
//
// A panic in your code never admits a request. Users, Revocation.DenyList, Now, OnEvent, Response.Refuse, the Logger's handler,
// the functions of Log, and an Issuer's Keys, Introspection.Owns, Revoker and the functions of its Claims.Checks run on the request's goroutine:
// net/http ends a request in which one of them panics. Introspection.Client, Claims.UserInfo and HTTPClient run on goroutines
// of their own: the request is answered with 503, and the Logger gets the value and the stack of the panic at ERROR, at most
// once a minute. Requests wait at most 11 s for a call that ignores its context. At most 1000 such calls run at once.
type Config struct {
	// Issuers are the identity providers whose tokens are accepted. The token's iss selects one. At least one is required.
	Issuers []Issuer
	// Users finds the local user of a token, unless [Issuer.Users] is set. If both are nil, no user is looked up, and every valid
	// token is accepted.
	Users usermap.Finder
	// HTTPClient fetches keys and discovery documents; see [Issuer.HTTPClient]. If nil, it is a client with a timeout of 5 s.
	HTTPClient *http.Client
	// Cache limits the cache of verified tokens.
	Cache Cache
	// Now returns the current time. If nil, it is [time.Now].
	Now func() time.Time
	// Logger gets one record for each refusal. For each reason, it gets at most 100 records at once, and then 10 a second. The
	// level is INFO, or WARN if a dependency failed. It is ERROR, once a minute for each reason, if a dependency failed and a
	// token cannot be the cause. It also gets a record for each call of Revoke and for each back-channel logout. If the Logger
	// is enabled for DEBUG when New is called, it gets a record for each call to a provider or to Users. The README of this
	// package lists all fields. If nil, it is [slog.Default].
	Logger *slog.Logger
	// Log configures the records.
	Log Log
	// OnEvent is called with each event, for metrics and audit. Calls may overlap, and the caller waits for OnEvent, so it must be
	// fast. The context is that of the request or of the call.
	//
	// Check, CheckToken, Handler, Refuse, Revoke and BackChannelLogout call it on the goroutine of their caller, and Watch
	// calls it on a goroutine of its own. A decision that accepts has no steps, and neither has a refusal beyond the limits of
	// the Logger. If the application or Watch refuses a request whose token was accepted, OnEvent is called again: the Decision
	// has the same ID, and AfterAcceptance is true. To count each request once, count the decisions without AfterAcceptance. A
	// call to a provider or to Users is reported when it ends, on the goroutine of the call. If OnEvent panics there, the panic
	// is logged.
	OnEvent func(context.Context, decision.Event)
	// WatchInterval is how often [Authenticator.Watch] verifies the token of an open connection. The default is 30 s, the minimum
	// 1 s, and the maximum 10 min.
	WatchInterval time.Duration
	// ShowClaimValues puts the values of personal claims into decisions and logs. Otherwise they are redacted.
	ShowClaimValues bool

	// PublicURL is the URL below which clients reach this service, such as https://api.example.com/v1 if a proxy removes the
	// prefix /v1. DPoP proofs name it (RFC 9449 section 4.2). It is never read from the request, because an attacker could
	// choose it there. If it is empty, no proof is accepted, and tokens that are bound to the key of a proof are refused.
	PublicURL string
	// DPoP configures proofs of possession.
	DPoP DPoP
	// ClientCertificate says where the certificate of the TLS client is read, for certificate-bound tokens.
	ClientCertificate ClientCertificate
	// Credentials says where the token of a request is read. The zero Credentials reads Authorization.
	Credentials Credentials
	// Revocation configures the deny list of revoked tokens and ended sessions.
	Revocation Revocation
	// Response configures the answers to refused requests.
	Response Response
	// Resource describes this API to clients.
	Resource Resource

	// Shadow is another configuration that judges the same requests, and changes nothing. Where it would decide otherwise, the Logger
	// gets a record, and OnEvent a [decision.Shadowed]. [Status] has the counts. If nil, there is no shadow.
	//
	// Of the Shadow, only Issuers, Users, HTTPClient, PublicURL and DPoP.MaxAge are used. Its other fields are ignored, but must be valid,
	// and its Shadow must be nil. The token is the one that the configuration in effect has read. A request without a readable token is not judged, and
	// neither are Watch, Revoke, a back-channel logout, Explain and the requirements of the application.
	//
	// The Shadow judges on a goroutine of its own, when the request is decided, so the client does not wait. At most 64 requests are judged at once.
	// More are skipped, and counted. The verdict about a cached token is used for 10 s. A panic of code that the Shadow calls is logged.
	//
	// The Shadow uses the keys, the answers of UserInfo and introspection, and the users that the configuration in effect has got. To reuse them, it
	// must have the same Issuer.URL and the same clients and stores, by the rule of [Authenticator.Next]. It finds users itself only in a
	// [usermap.Table]. If it needs any other answer, its verdict is unknown. It has the deny list of the configuration in effect. It reads only a
	// [denylist.Memory] itself: with another list, a token that is refused before the list is read counts as not revoked. It remembers no
	// proof and requires no nonce. An Issuer whose source of keys the configuration in effect lacks fetches its keys in the background, one fetch at a time, within the limits
	// of the source. Until then the verdict is unknown.
	Shadow *Config
}

// Revocation configures the deny list of revoked tokens and ended sessions. [Authenticator.Revoke] and
// [Authenticator.BackChannelLogout] write to the list, and each request with a token reads it.
type Revocation struct {
	// DenyList stores the entries. If nil, it is a list in memory of at most 100,000 entries, which is lost with the Authenticator.
	// A replica refuses a revoked token only if its list contains the entry. Share one list between all replicas, between the
	// Authenticators of one process, and between an Authenticator and its replacement.
	DenyList denylist.List
	// MaxTokenLife is the longest lifetime of the issuers' tokens. The list stores a logout, and the revocation of a token without
	// exp, for this time. The default is 24 h, and the maximum is 366 days.
	MaxTokenLife time.Duration
	// InsecureFailOpen accepts tokens while the deny list is unavailable. Otherwise such requests are answered with 503.
	InsecureFailOpen bool
}

// Log configures the records that [Config.Logger] gets, and the parts of a [decision.Decision] with the same names.
type Log struct {
	// Accepted is the share of the accepted requests that are logged, at INFO: 1 is each of them, and 0.01 is one of a hundred,
	// chosen at random. The default 0 is no request.
	Accepted float64
	// Remote returns the address of a request's sender, such as its RemoteAddr, or the address that your proxy states. If nil,
	// decisions have no address. The decision about a token that arrives without an http.Request has no address either.
	Remote func(*http.Request) string
	// TraceID returns the id of the trace to which a request belongs. If nil, it comes from the header traceparent (W3C Trace
	// Context).
	TraceID func(context.Context) string
	// RecordKey is a secret of at least 32 bytes. If it is set, a decision about a token that is not cached, and its record in the
	// log, have a [decision.Record], which [Authenticator.Replay] can judge again. The key protects the personal values of the
	// token: use it for nothing else, and replace it as often as your log is deleted.
	RecordKey []byte
}

// Response configures the answers to refused requests.
type Response struct {
	// DecisionID also sends the header Decision-Id with accepted requests. Otherwise only refusals have it.
	DecisionID bool
	// Realm is the realm of the challenges (RFC 6750 section 3). The default is "api".
	Realm string
	// Refuse writes the answer to a refused request. If nil, [Authenticator.Refuse] writes a problem document (RFC 9457).
	Refuse func(http.ResponseWriter, *http.Request, *Error)
	// ExposeHeaders lets the scripts of other origins read WWW-Authenticate, DPoP-Nonce and Decision-Id of a refusal
	// (Access-Control-Expose-Headers). A client in a browser needs it if its origin is another one.
	ExposeHeaders bool
	// InsecureExplain puts the whole decision into the body of a refusal. Set it for development only, because an attacker could
	// learn from the decision how to change a token.
	InsecureExplain bool
}

func (c Config) withDefaults() Config {
	c.Log.RecordKey = slices.Clone(c.Log.RecordKey)
	c.Credentials.Header = http.CanonicalHeaderKey(c.Credentials.Header)
	if c.WatchInterval == 0 {
		c.WatchInterval = defaultWatchInterval
	}
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
	return c.withPossessionDefaults()
}

// decidesAccepted reports whether an accepted request has a decision. A decision costs memory and time, so it is made only if
// it is used.
func (c Config) decidesAccepted() bool {
	return c.OnEvent != nil || c.Log.Accepted > 0 || c.Response.DecisionID
}

func (c Config) withPossessionDefaults() Config {
	if c.DPoP.MaxAge == 0 {
		c.DPoP.MaxAge = pipeline.DefaultProofAge
	}
	if c.DPoP.ProofsPerKey == 0 {
		c.DPoP.ProofsPerKey = pipeline.DefaultProofsPerKey
	}
	if c.DPoP.Replays == nil {
		c.DPoP.Replays = &denylist.Memory{Now: c.Now}
	}
	c.ClientCertificate = c.ClientCertificate.withDefaults()
	return c
}

// The bounds of Config.WatchInterval.
const (
	defaultWatchInterval = 30 * time.Second
	minWatchInterval     = time.Second
	maxWatchInterval     = 10 * time.Minute
)

package oidcauth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/doctor"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Authenticator verifies bearer tokens. [New] makes one. It is safe for concurrent use.
type Authenticator struct {
	config    Config
	engine    *pipeline.Engine
	refusals  *refusalLog
	ownList   bool // the configuration names no deny list, so the Authenticator has one of its own
	published publication
}

// New returns an Authenticator. It refuses a configuration that could wrongly admit a token; its error joins a [*ConfigError]
// for each fault. New sends no request to a provider: keys are fetched when the first token needs them.
//
// If [Revocation.DenyList] is nil, the Authenticator begins with an empty list of its own. If you replace an Authenticator to
// change its configuration, give both the same list: otherwise the new one accepts tokens that were revoked or logged out
// before. New logs a warning for each issuer that another Authenticator of the process trusts without sharing its list.
func New(c Config) (*Authenticator, error) {
	clock, ownList := c.Now, c.Revocation.DenyList == nil
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	c.Issuers = slices.Clone(c.Issuers)
	issuers, err := c.compile()
	if err != nil {
		return nil, err
	}
	for _, iss := range issuers {
		for _, w := range doctor.Warnings(iss) {
			c.Logger.Warn("risky bearer token configuration", "issuer", iss.URL, "warning", w)
		}
	}
	a := &Authenticator{config: c, refusals: newRefusalLog(), ownList: ownList, published: c.publication(), engine: pipeline.NewEngine(pipeline.Settings{
		Issuers: issuers, Now: clock, Panics: guard.NewReporter(c.Logger), Cache: pipeline.Cache(c.Cache), DenyList: c.Revocation.DenyList,
		MaxTokenLife: c.Revocation.MaxTokenLife, FailOpen: c.Revocation.InsecureFailOpen, ShowClaimValues: c.ShowClaimValues,
		AttachDecisions: c.OnDecision != nil,
	})}
	for _, iss := range trusted.join(a) {
		c.Logger.Warn("revocations are not shared", "issuer", iss.URL, "warning", notShared)
	}
	return a, nil
}

// compile makes the rules of every issuer. The error joins a [ConfigError] for each issuer whose rules cannot be made.
func (c Config) compile() ([]*pipeline.Rules, error) {
	var issuers []*pipeline.Rules
	var faults []error
	for i, declared := range c.Issuers {
		iss, fault := declared.compile(c)
		if fault != nil {
			fault.Field = fmt.Sprintf("Issuers[%d].%s", i, fault.Field)
			faults = append(faults, fault)
			continue
		}
		issuers = append(issuers, iss)
	}
	return issuers, errors.Join(faults...)
}

// Presented is an access token that arrives without an [http.Request], such as in a gRPC call, in a message of a queue or in
// the ticket of a WebSocket. The zero Presented is refused as a request without credentials.
type Presented struct {
	// Authorization contains the values of the Authorization header, or of the metadata with the same meaning. As in a request,
	// more than one value is refused. Set either Authorization or Scheme and Token: both together are two credentials.
	Authorization []string
	// Scheme is the authentication scheme (RFC 9110 section 11.1). Its case does not matter. The default is Bearer.
	Scheme string
	// Token is the access token.
	Token string
	// Method is the method of the request or the call. The decision shows it. It may be empty.
	Method string
	// Route is a pattern, without the values of a path. The decision shows it. It may be empty.
	Route string
}

func (p Presented) requestInfo() requestInfo {
	values := p.Authorization
	if p.Token != "" || p.Scheme != "" {
		scheme := p.Scheme
		if scheme == "" {
			scheme = "Bearer"
		}
		values = append(slices.Clone(values), scheme+" "+p.Token)
	}
	return requestInfo{method: p.Method, route: p.Route, credentials: values}
}

// Check verifies the request's bearer token. It writes no response. The error is an [*Error], and Check has logged it.
func (a *Authenticator) Check(r *http.Request) (*Identity, error) {
	from, raw, fault := a.read(r)
	look := a.engine.Lookup(raw)
	if id := a.cachedIdentity(r.Context(), a.engine.Attachment(look), look, from); id != nil {
		return id, nil
	}
	return a.verify(r.Context(), look, from, fault)
}

// CheckToken is [Authenticator.Check] for a token that arrives without an [http.Request].
func (a *Authenticator) CheckToken(ctx context.Context, p Presented) (*Identity, error) {
	from := p.requestInfo()
	raw, fault := credential(from.credentials)
	look := a.engine.Lookup(raw)
	if id := a.cachedIdentity(ctx, a.engine.Attachment(look), look, from); id != nil {
		return id, nil
	}
	return a.verify(ctx, look, from, fault)
}

// requestInfo describes the request or call that carried a token. Decisions show it.
type requestInfo struct {
	method, route string
	credentials   []string // the values of the header that contains them
	header        string   // its name; empty: Authorization
}

// read returns the request's token from the place that the configuration names.
func (a *Authenticator) read(r *http.Request) (from requestInfo, token string, fault *pipeline.Fault) {
	from = requestInfo{method: r.Method, route: r.Pattern}
	from.credentials, from.header, token, fault = a.config.Credentials.read(r.Header)
	return from, token, fault
}

// acceptance is an entry of the cache: an identity with the decision that accepted it. OnDecision gets a copy of the decision
// for each request that the entry answers.
type acceptance struct {
	identity *Identity
	decision decision.Decision
}

// cachedIdentity returns the cached identity of a token, and reports the decision to OnDecision. It returns nil if the cache
// has no identity, or if a step that runs for each request could refuse the token.
func (a *Authenticator) cachedIdentity(ctx context.Context, cached any, look pipeline.Input, from requestInfo) *Identity {
	switch entry := cached.(type) {
	case *Identity:
		return entry
	case *acceptance:
		own := &struct { // one allocation
			Identity
			decision.Decision
		}{Decision: entry.decision}
		own.ID, own.Time, own.Elapsed = rand.Text(), look.Now, time.Since(look.Began)
		own.Identity = Identity{at: entry.identity.at, accepted: &own.Decision}
		a.reportAccepted(ctx, &own.Decision, from)
		return &own.Identity
	}
	return nil
}

// reportAccepted calls OnDecision with the decision about an accepted token.
func (a *Authenticator) reportAccepted(ctx context.Context, d *decision.Decision, from requestInfo) {
	d.Method, d.Route = record.Short(from.method), record.Short(from.route)
	a.config.OnDecision(ctx, d)
}

// verify runs the steps on a token whose identity is not cached. If fault is not nil, the credential was unreadable, and verify
// refuses the request.
func (a *Authenticator) verify(ctx context.Context, look pipeline.Input, from requestInfo, fault *pipeline.Fault) (*Identity, error) {
	run, at := a.engine.Begin(look), pipeline.BeforeSteps
	if fault == nil {
		at, fault = run.Verify(ctx)
	}
	if fault != nil {
		t := &trace.Trace{Run: run, Header: from.header, Credentials: from.credentials}
		return nil, a.refused(ctx, t, from, at, errorOf(fault), fault)
	}
	// Another request may have cached the identity meanwhile. Writing the entry again would make all cores that verify this token
	// wait for each other.
	if id := a.cachedIdentity(ctx, run.Attachment(), look, from); id != nil {
		return id, nil
	}
	id := identityOf(run.Result())
	if a.config.OnDecision == nil {
		run.Attach(id)
		return id, nil
	}
	d := (&trace.Trace{Run: run}).Decision(nil)
	run.Attach(&acceptance{id, *d})
	a.reportAccepted(ctx, d, from)
	return &Identity{at: id.at, accepted: d}, nil
}

// CheckOptional is [Authenticator.Check] for a route that also serves anonymous requests: for a request without
// credentials it returns a nil Identity and a nil error. [Config.Credentials] says where they are; a request is never anonymous if
// it has an Authorization header, or the header that is read instead.
func (a *Authenticator) CheckOptional(r *http.Request) (*Identity, error) {
	if a.config.Credentials.absent(r.Header) {
		return nil, nil
	}
	return a.Check(r)
}

// Handler returns a handler that calls next with the [Identity] in the request's context, or refuses the request.
func (a *Authenticator) Handler(next http.Handler) http.Handler { return a.handler(a.Check, next) }

// Optional is [Authenticator.Handler] for a route that also serves anonymous requests: for a request without credentials
// it calls next without an Identity. A bad token is refused.
func (a *Authenticator) Optional(next http.Handler) http.Handler {
	return a.handler(a.CheckOptional, next)
}

func (a *Authenticator) handler(check func(*http.Request) (*Identity, error), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := check(r)
		if err != nil {
			a.Refuse(w, r, err)
			return
		}
		if id != nil {
			r = r.WithContext(NewContext(r.Context(), id))
		}
		next.ServeHTTP(w, r)
	})
}

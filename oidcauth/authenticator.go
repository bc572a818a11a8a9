package oidcauth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/doctor"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Authenticator judges bearer tokens. [New] makes one. It is safe for concurrent use.
type Authenticator struct {
	config   Config
	engine   *pipeline.Engine
	refusals *refusalLog
	ownList  bool // the deny list is its own, by default
}

// New returns an Authenticator. It refuses a configuration that could wrongly admit a token; its error joins a [*ConfigError]
// for each fault. It asks no provider: keys are fetched when the first token needs them.
//
// If [Revocation.DenyList] is nil, the Authenticator begins with an empty list of its own. An Authenticator that takes another's
// place, for a new configuration, would then accept what was revoked or logged out before: give both the same list. New logs a
// warning for each issuer that another Authenticator of the process trusts with a list of its own.
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
	a := &Authenticator{config: c, refusals: newRefusalLog(), ownList: ownList, engine: pipeline.NewEngine(pipeline.Settings{
		Issuers: issuers, Now: clock, Panics: guard.NewReporter(c.Logger), Cache: pipeline.Cache(c.Cache), DenyList: c.Revocation.DenyList,
		MaxTokenLife: c.Revocation.MaxTokenLife, FailOpen: c.Revocation.InsecureFailOpen, ShowClaimValues: c.ShowClaimValues,
		AttachDecisions: c.OnDecision != nil,
	})}
	for _, iss := range trusted.join(a) {
		c.Logger.Warn("revocations are not shared", "issuer", iss.URL, "warning", notShared)
	}
	return a, nil
}

// compile makes the rules of every issuer. The error joins a [ConfigError] for each that cannot be made.
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

// Presented is an access token that no [http.Request] carries, but a gRPC call, a message of a queue or the ticket of a WebSocket.
// The zero Presented is refused as a request without credentials.
type Presented struct {
	// Authorization holds the values of the Authorization header, or of the metadata that takes its place. They are read as
	// those of a request: more than one is refused. Use either Authorization or Scheme and Token, because both together
	// are two credentials.
	Authorization []string
	// Scheme is that of the credential (RFC 9110 section 11.1), without regard to case. The default is Bearer.
	Scheme string
	// Token is the access token.
	Token string
	// Method is shown in the decision: the method of the request or the call. It may be empty.
	Method string
	// Route is shown in the decision: a pattern, without the values of a path. It may be empty.
	Route string
}

func (p Presented) origin() origin {
	values := p.Authorization
	if p.Token != "" || p.Scheme != "" {
		scheme := p.Scheme
		if scheme == "" {
			scheme = "Bearer"
		}
		values = append(slices.Clone(values), scheme+" "+p.Token)
	}
	return origin{p.Method, p.Route, values}
}

// Check judges the request's bearer token and answers nothing. The error is an [*Error]; it has been logged.
func (a *Authenticator) Check(r *http.Request) (*Identity, error) {
	from := origin{r.Method, r.Pattern, r.Header["Authorization"]}
	raw, fault := credential(from.authorization)
	look := a.engine.Lookup(raw)
	if id := a.kept(r.Context(), a.engine.Attachment(look), look, from); id != nil {
		return id, nil
	}
	return a.judge(r.Context(), look, from, fault)
}

// CheckToken is [Authenticator.Check] for a token that no [http.Request] carries.
func (a *Authenticator) CheckToken(ctx context.Context, p Presented) (*Identity, error) {
	from := p.origin()
	raw, fault := credential(from.authorization)
	look := a.engine.Lookup(raw)
	if id := a.kept(ctx, a.engine.Attachment(look), look, from); id != nil {
		return id, nil
	}
	return a.judge(ctx, look, from, fault)
}

// origin is where a token came from, for the decision about it.
type origin struct {
	method, route string
	authorization []string // the header, as far as it is known
}

// told is what is kept of a token about whose identity its own text alone decides, where OnDecision has to be told of it.
type told struct {
	identity *Identity
	decision decision.Decision // the first about it
}

// kept returns the identity of a token of which no step that is run for each request could find a fault; nil: none is settled.
func (a *Authenticator) kept(ctx context.Context, settled any, look pipeline.Input, from origin) *Identity {
	switch made := settled.(type) {
	case *Identity:
		return made
	case *told:
		d := made.decision
		d.ID, d.Time, d.Elapsed = rand.Text(), look.Now, time.Since(look.Began)
		a.tell(ctx, &d, from)
		return made.identity
	}
	return nil
}

// tell tells OnDecision of a token that was accepted.
func (a *Authenticator) tell(ctx context.Context, d *decision.Decision, from origin) {
	d.Method, d.Route = record.Short(from.method), from.route
	a.config.OnDecision(ctx, d)
}

func (a *Authenticator) judge(ctx context.Context, look pipeline.Input, from origin, fault *pipeline.Fault) (*Identity, error) {
	run, at := a.engine.Begin(look), pipeline.BeforeSteps
	if fault == nil {
		at, fault = run.Verify(ctx)
	}
	if fault != nil {
		t := &trace.Trace{Run: run, Header: from.authorization}
		return nil, a.refused(ctx, t, from, at, errorOf(fault), fault)
	}
	if id := a.kept(ctx, run.Attachment(), look, from); id != nil {
		return id, nil // to settle it anew would have all cores that see this token wait for each other
	}
	id := identityOf(run.Result())
	if a.config.OnDecision == nil {
		run.Attach(id)
		return id, nil
	}
	d := (&trace.Trace{Run: run}).Decision(nil)
	run.Attach(&told{id, *d})
	a.tell(ctx, d, from)
	return id, nil
}

// CheckOptional is [Authenticator.Check] that lets anonymous requests pass too: a request without an Authorization header gets
// neither an Identity nor an error.
func (a *Authenticator) CheckOptional(r *http.Request) (*Identity, error) {
	if len(r.Header.Values("Authorization")) == 0 {
		return nil, nil
	}
	return a.Check(r)
}

// Handler returns a handler that calls next with the [Identity] in the request's context, or refuses the request.
func (a *Authenticator) Handler(next http.Handler) http.Handler { return a.handler(a.Check, next) }

// Optional is [Authenticator.Handler] that lets anonymous requests pass too: for a request without an Authorization header, next
// is called without an Identity. A bad token is refused.
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

// RequireScopes returns a middleware for use behind [Authenticator.Handler]: the token must grant all of the scopes.
// Without an Identity in the context it refuses with 401.
func (a *Authenticator) RequireScopes(all ...string) func(http.Handler) http.Handler {
	if len(all) > 0 {
		all = strings.Split(strings.Join(all, " "), " ") // "a b" are two scopes, and "" is one that no token grants
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := FromContext(r.Context())
			if err := id.RequireScopes(all...); err != nil {
				a.Refuse(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

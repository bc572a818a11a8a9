package oidcauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func init() {
	signin.Of = func(a any) signin.Verifier {
		if a, ok := a.(*Authenticator); ok && a != nil {
			return verifier{a}
		}
		return nil
	}
}

// verifier verifies logins for package login by the Authenticator in use.
type verifier struct{ made *Authenticator }

func (v verifier) Settings() signin.Settings {
	a := v.made.successor()
	return signin.Settings{Now: a.engine.Time, PublicURL: a.config.PublicURL, Authenticator: a}
}

func (v verifier) Check(c signin.Client) error {
	rules, fault := v.made.successor().engine.LoginRules(c.Issuer, c.ClientID)
	if fault != nil {
		return errorOf(fault)
	}
	if problem := rules.LoginFault(c.OpenID, c.InsecureSkipIDToken); problem != "" {
		return errors.New(problem)
	}
	return nil
}

func (v verifier) SignIn(ctx context.Context, g signin.Grant) (any, signin.Evidence, error) {
	a := v.made.successor()
	from := loginRequest(g.Request)
	rules, fault := a.engine.LoginRules(g.Issuer, g.ClientID)
	if fault != nil {
		return nil, signin.Evidence{}, a.refuseLogin(ctx, a.engine.BeginLogin(a.engine.Uncached(""), &pipeline.Login{Rules: rules}), from, fault)
	}
	l := &pipeline.Login{
		Rules: rules, ClientID: g.ClientID, AccessToken: g.AccessToken, Nonce: g.Nonce, MaxAge: g.MaxAge, ACR: g.ACR, Refreshed: g.Refreshed,
		ByUserInfo: g.InsecureSkipIDToken, Secrets: []string{g.IDToken},
	}
	l.Scopes, l.Ends = g.Scopes, g.Ends
	run, fault := a.beginGrant(g, l)
	at := pipeline.OutsideSteps
	if fault == nil {
		at, fault = run.VerifyUncached(ctx)
	}
	if fault != nil {
		return nil, signin.Evidence{}, a.refusedLogin(ctx, run, from, at, fault)
	}
	e := evidenceOf(rules, l.ClientID, run.Proved())
	return a.acceptLogin(ctx, run, from), e, nil
}

// beginGrant chooses the way in which the answer of the token endpoint is verified.
func (a *Authenticator) beginGrant(g signin.Grant, l *pipeline.Login) (*pipeline.Run, *pipeline.Fault) {
	in := a.engine.Uncached("")
	run := a.engine.BeginLogin(in, l)
	if err := a.useClient(l, g.Client); err != nil {
		return run, pipeline.Refuse(reason.ProviderUnavailable, err, "the client of the login cannot be used with the settings of the Issuer")
	}
	if g.Former != nil {
		_, former, fault := a.session(*g.Former)
		if fault != nil {
			return run, fault
		}
		l.Former = &former
	}
	if problem := l.Rules.LoginFault(g.OpenID, g.InsecureSkipIDToken); problem != "" {
		return run, pipeline.Refuse(reason.IDTokenMissing, nil, "%s", problem)
	}
	switch {
	case g.Refreshed && g.Former == nil:
		return run, pipeline.Refuse(reason.LoginChanged, nil, "the answer to a refresh token has no session")
	case g.InsecureSkipIDToken || !g.OpenID:
		return run, nil
	case g.IDToken != "":
		in.Raw = g.IDToken
		return a.engine.BeginLogin(in, l), nil
	case !g.Refreshed:
		return run, pipeline.Refuse(reason.IDTokenMissing, nil, "the scope contains openid, and the answer of the token endpoint has no ID token")
	}
	scopes, ends := l.Scopes, l.Ends
	l.Session = *l.Former
	l.Scopes, l.Ends = scopes, ends
	return a.engine.BeginSession(in, l), nil
}

func (v verifier) Resume(ctx context.Context, r *http.Request, e signin.Evidence) (any, error) {
	a, from := v.made.successor(), loginRequest(r)
	run, err := a.resumed(ctx, from, e)
	if err != nil {
		return nil, err
	}
	id := identityOf(run.Result())
	if !a.config.decidesAccepted() {
		return id, nil
	}
	d := (&trace.Trace{Run: run}).Decision(nil)
	a.reportAccepted(ctx, d, from)
	return &Identity{at: id.at, accepted: d}, nil
}

func (v verifier) StillValid(ctx context.Context, r *http.Request, e signin.Evidence) error {
	_, err := v.made.successor().resumed(ctx, loginRequest(r), e)
	return err
}

// resumed runs the steps for a request with a session. It reports a refusal.
func (a *Authenticator) resumed(ctx context.Context, from requestInfo, e signin.Evidence) (*pipeline.Run, error) {
	rules, s, fault := a.session(e)
	if fault != nil {
		return nil, a.refuseLogin(ctx, a.engine.BeginLogin(a.engine.Uncached(""), &pipeline.Login{}), from, fault)
	}
	run := a.engine.BeginSession(a.engine.Uncached(""), &pipeline.Login{Rules: rules, ClientID: e.ClientID, MaxAge: -1, Session: s})
	if at, fault := run.VerifyUncached(ctx); fault != nil {
		return nil, a.refusedLogin(ctx, run, from, at, fault)
	}
	return run, nil
}

func (v verifier) Refuse(ctx context.Context, r *http.Request, f signin.Refusal) error {
	a := v.made.successor()
	rules, _ := a.engine.LoginRules(f.Issuer, f.ClientID)
	run := a.engine.BeginLogin(a.engine.Uncached(""), &pipeline.Login{Rules: rules, ClientID: f.ClientID, Secrets: f.Secrets})
	t := &trace.Trace{Run: run}
	detail := f.Detail
	if f.Error != "" {
		detail = trace.Sentence(detail, record.Printable(trace.Sentence(record.Short(f.Error), record.Short(f.Description))))
	}
	fault := &pipeline.Fault{
		Reason: f.Reason, Detail: t.Redacted(detail, trace.MaxErrorText), Err: f.Err,
		Response: &pipeline.Response{Error: f.Error, Description: f.Description, Actual: f.Actual, Expected: f.Expected},
	}
	return a.refuseLogin(ctx, run, loginRequest(r), fault)
}

func (v verifier) SignedOut(ctx context.Context, s signin.SignOut) {
	a := v.made.successor()
	e := decision.Event{
		Kind: decision.SignedOut, Time: a.engine.Time(), ID: trace.NewID(), Issuer: s.Evidence.Provider,
		SignOut: &decision.SignOut{ClientID: record.Short(s.Evidence.ClientID), Reason: s.Reason},
	}
	if a.config.ShowClaimValues {
		e.SignOut.Subject = record.Short(s.Evidence.Subject)
	}
	a.logSignedOut(ctx, e)
	a.tell(ctx, e)
}

// session reads the Evidence of a session. It refuses a session whose issuer or tenant is no longer configured.
func (a *Authenticator) session(e signin.Evidence) (*pipeline.Rules, pipeline.Session, *pipeline.Fault) {
	rules, fault := a.engine.LoginRules(e.Provider, e.ClientID)
	if fault != nil {
		return nil, pipeline.Session{}, pipeline.Refuse(reason.SessionUnknown, nil, "%s", fault.Detail)
	}
	s := pipeline.Session{
		Issuer: e.Issuer, Subject: e.Subject, ID: e.SessionID, Since: e.Since, Ends: e.Ends, Scopes: e.Scopes,
		HasInfo: len(e.UserInfo) > 0, UserInfoOnly: e.UserInfoOnly,
	}
	var err error
	if s.Token, err = strictjson.Parse(e.Token, strictjson.Limits{}); err == nil && s.HasInfo {
		var info strictjson.Object
		info, err = strictjson.Parse(e.UserInfo, strictjson.Limits{Bytes: maxUserInfo, Values: maxUserInfoValues})
		s.Info = claimset.FromObject(info)
	}
	if err != nil || s.Token.Text("iss") != s.Issuer || s.Token.Text("sub") != s.Subject || s.Subject == "" {
		return nil, pipeline.Session{}, pipeline.Refuse(reason.SessionUnknown, err, "the stored session cannot be read")
	}
	if !rules.Issues(s.Token) {
		return nil, pipeline.Session{}, pipeline.Refuse(reason.SessionUnknown, nil, "the issuer or the tenant of the session is no longer configured")
	}
	return rules, s, nil
}

// The limits of stored claims of UserInfo. A provider.Client accepts answers of this size.
const (
	maxUserInfo       = 1 << 20
	maxUserInfoValues = 100_000
)

func evidenceOf(rules *pipeline.Rules, clientID string, s pipeline.Session) signin.Evidence {
	e := signin.Evidence{
		Provider: rules.URL, Issuer: s.Issuer, ClientID: clientID, Subject: s.Subject, SessionID: s.ID, Since: s.Since, Ends: s.Ends, Scopes: s.Scopes,
		Token: json.RawMessage(s.Token.Raw()), UserInfoOnly: s.UserInfoOnly,
	}
	if s.HasInfo {
		e.UserInfo = json.RawMessage(claimset.Token(s.Info).Raw())
	}
	return e
}

// acceptLogin makes the identity of a login, and reports the login.
func (a *Authenticator) acceptLogin(ctx context.Context, run *pipeline.Run, from requestInfo) *Identity {
	kind := decision.SignedIn
	if run.Login().Refreshed {
		kind = decision.Refreshed
	}
	id := identityOf(run.Result())
	d := (&trace.Trace{Run: run}).Decision(nil)
	a.describe(ctx, d, from)
	a.logSignedIn(ctx, kind, d)
	a.tellDecision(ctx, kind, d)
	return &Identity{at: id.at, accepted: d}
}

// refuseLogin refuses a login or a session outside the steps.
func (a *Authenticator) refuseLogin(ctx context.Context, run *pipeline.Run, from requestInfo, fault *pipeline.Fault) *Error {
	return a.refusedLogin(ctx, run, from, pipeline.OutsideSteps, fault)
}

func (a *Authenticator) refusedLogin(ctx context.Context, run *pipeline.Run, from requestInfo, at int, fault *pipeline.Fault) *Error {
	return a.refused(ctx, &trace.Trace{Run: run}, from, at, errorOf(fault), fault)
}

func loginRequest(r *http.Request) requestInfo {
	if r == nil {
		return requestInfo{}
	}
	return requestInfo{method: r.Method, route: r.Pattern, request: r}
}

package pipeline

import (
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Login is the answer of a token endpoint to a login, or the session that the login began.
type Login struct {
	Rules        *Rules // of the issuer with which the login began
	ClientID     string
	AccessToken  string // empty in a request with a session: no provider is asked
	Nonce        string // empty: none was sent
	MaxAge       time.Duration
	ACR          []string       // nil: any
	Refreshed    bool           // the answer is to a refresh token
	Former       *Session       // the session before a refresh or a step-up, or nil
	UserInfo     claims.Fetcher // nil: that of the Rules
	Introspector claims.Introspector
	ByUserInfo   bool     // UserInfo alone states the user
	Secrets      []string // further secrets that texts may contain

	Session // the steps fill it in
}

// Session contains the facts that a login has proved.
type Session struct {
	Issuer, Subject string
	ID              string    // the sid of the provider's session; may be empty
	Since           time.Time // logouts until this time do not end the session
	Ends            time.Time
	Scopes          []string
	Token           strictjson.Object // the claims of the ID token, or of introspection; always with iss and sub
	Info            claims.Set        // the claims of UserInfo
	HasInfo         bool              // UserInfo was requested
	UserInfoOnly    bool              // no claim of Token may be used, besides iss and sub
}

// byUserInfo reports whether UserInfo alone identifies the user.
func (t *Run) byUserInfo() bool {
	if t.Form == Resumed {
		return t.login.Session.UserInfoOnly
	}
	return t.Form == Granted && (t.login.ByUserInfo || t.Rules.Introspector == nil)
}

// sessionID returns the sid of the provider's session. An ID token of a refresh may omit it.
func (t *Run) sessionID() string {
	if sid := t.Text("sid"); sid != "" || !t.login.Refreshed {
		return sid
	}
	return t.login.Former.ID
}

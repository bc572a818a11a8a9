package pipeline

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// askAboutGrant asks the provider about the access token of a login without an ID token: introspection or, if there is none,
// UserInfo. The aud of the answer is not compared, because the provider has just issued the token to this service.
func askAboutGrant(ctx context.Context, t *Run) *Fault {
	switch {
	case t.Offline:
		return Skip("the provider is not asked, because the login is refused")
	case t.login.AccessToken == "":
		return Refuse(reason.IDTokenMissing, nil, "the token endpoint answered with neither an ID token nor an access token")
	case t.byUserInfo():
		return t.askUserInfoAboutGrant(ctx)
	}
	answer, fault := t.askIntrospection(ctx)
	if fault != nil {
		return fault
	}
	token := claimset.Token(answer.Value)
	if iss, stated := token.Get("iss"); stated && iss.Raw() != "null" {
		if text, _ := iss.Text(); text != t.Rules.URL {
			return Refuse(reason.LoginIssuerMismatch, nil, "the answer of introspection names iss %s, and the login began with %q", record.Short(iss.Raw()), t.Rules.URL)
		}
	}
	for _, claim := range tokenclaims.ClientClaims {
		client, stated := token.Get(claim)
		if text, _ := client.Text(); stated && text != t.login.ClientID {
			return Refuse(reason.UnauthorizedParty, nil, "the answer of introspection names %s %s, the client of the login is %q", claim, record.Short(client.Raw()), t.login.ClientID)
		}
	}
	return t.establishGrant(withMembers(token, "iss", t.Rules.URL, "azp", t.login.ClientID))
}

func (t *Run) askUserInfoAboutGrant(ctx context.Context) *Fault {
	if t.userInfo() == nil {
		return Refuse(reason.OpaqueToken, nil, "the login has no ID token, and neither Introspection.Client nor Claims.UserInfo is configured")
	}
	answer, fault := t.askUserInfoInstead(ctx)
	if fault != nil {
		return fault
	}
	members := []string{"iss", t.Rules.URL, "azp", t.login.ClientID}
	if sub := claimset.Token(answer.Value).Text("sub"); sub != "" {
		members = append(members, "sub", sub)
	}
	return t.establishGrant(withMembers(strictjson.Object{}, members...))
}

func (t *Run) establishGrant(claims strictjson.Object) *Fault {
	t.Token = tokenOfAnswer(claims).ofLogin()
	t.Established |= Parsed | KnownIssuer | Verified | AccessToken | Recent
	return nil
}

// checkGrantTime checks exp and nbf of an answer of introspection.
func checkGrantTime(_ context.Context, t *Run) *Fault {
	if _, fault := t.Rules.timeFault(t.Token.Claims, t.Now, false); fault != nil {
		return fault
	}
	t.Established |= Timely
	return nil
}

// withMembers adds texts that the object lacks. pairs are names and values.
func withMembers(o strictjson.Object, pairs ...string) strictjson.Object {
	var added []string
	for i := 0; i < len(pairs); i += 2 {
		if !o.Has(pairs[i]) {
			name, _ := json.Marshal(pairs[i])
			value, _ := json.Marshal(pairs[i+1]) // a string always has a JSON form
			added = append(added, string(name)+":"+string(value))
		}
	}
	return withText(o, added)
}

// withText adds members in the form of JSON. It returns the object itself if the whole would be too large.
func withText(o strictjson.Object, members []string) strictjson.Object {
	if len(members) == 0 {
		return o
	}
	inner := strings.Join(members, ",")
	if o.Len() > 0 {
		inner += "," + strings.TrimPrefix(strings.TrimSpace(o.Raw()), "{")
	} else {
		inner += "}"
	}
	if whole, err := strictjson.ParseText("{"+inner, strictjson.Limits{}); err == nil {
		return whole
	}
	return o
}

// userInfo returns the Fetcher of the login's client or else of the issuer.
func (t *Run) userInfo() claims.Fetcher {
	if t.login != nil && t.login.UserInfo != nil {
		return t.login.UserInfo
	}
	return t.Rules.UserInfo
}

// introspector returns the Introspector of the login's client or else of the issuer.
func (t *Run) introspector() claims.Introspector {
	if t.login != nil && t.login.Introspector != nil {
		return t.login.Introspector
	}
	return t.Rules.Introspector
}

// accessToken returns the token about which UserInfo and introspection are asked.
func (t *Run) accessToken() string {
	if t.login != nil {
		return t.login.AccessToken
	}
	return t.Raw
}

// loggedInAt returns the time of the login, with which logouts are compared. It is iat of the first ID token. If it is unknown, it is
// the time at which the login ended here, and the clocks may differ: see checkSessionRevoked.
func (t *Run) loggedInAt() time.Time {
	if t.Form == Resumed || t.login.Refreshed {
		return t.formerOrOwn().Since
	}
	if iat, dated := t.issuedAt(); dated {
		return iat
	}
	if !t.login.Since.IsZero() {
		return t.login.Since
	}
	return t.Now.Add(-MaxLeeway)
}

func (t *Run) formerOrOwn() *Session {
	if t.login.Former != nil {
		return t.login.Former
	}
	return &t.login.Session
}

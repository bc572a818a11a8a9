package trace

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
)

func grantDetail(t *Trace) string {
	if t.Proved().UserInfoOnly {
		return "UserInfo accepts the access token of the login"
	}
	return "introspection calls the access token of the login active"
}

func loginSubjectDetail(t *Trace) string {
	if t.Login().Former != nil {
		return "the subject of the session"
	}
	return "sub is present"
}

func loginAudienceDetail(t *Trace) string {
	v, _ := t.Token.Claims.Get("aud")
	return "aud " + record.Short(v.Raw()) + " contains the client " + strconv.Quote(t.Login().ClientID)
}

func nonceDetail(t *Trace) string {
	if !t.Has("nonce") {
		return "no nonce is needed"
	}
	return "the nonce of the login"
}

func tokenHashDetail(t *Trace) string {
	if !t.Has("at_hash") {
		return "no at_hash"
	}
	return "at_hash of the access token"
}

func loginAuthenticationDetail(t *Trace) string {
	l := t.Login()
	var needed []string
	if l.ACR != nil {
		needed = append(needed, fmt.Sprintf("acr is one of %q", l.ACR))
	}
	if l.MaxAge >= 0 && !l.Refreshed {
		needed = append(needed, "auth_time is at most "+l.MaxAge.String()+" ago")
	}
	if needed == nil {
		return "neither acr nor max_age is required"
	}
	return strings.Join(needed, "; ")
}

// loginCase collects the facts about a login that the rules of hints may read.
func (t *Trace) loginCase(f *pipeline.Fault) hints.LoginCase {
	l := t.Login()
	if l == nil {
		return hints.LoginCase{}
	}
	out := hints.LoginCase{Is: true, Requirement: t.Form == pipeline.Resumed, ClientID: l.ClientID}
	if r := f.Response; r != nil {
		shown := func(text string) string { return record.Printable(t.Redacted(text, record.MaxShort)) }
		out.Error, out.Description, out.Actual, out.Expected = shown(r.Error), shown(r.Description), shown(r.Actual), shown(r.Expected)
	}
	return out
}

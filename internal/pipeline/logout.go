package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The rules for logout tokens are those of OpenID Connect Back-Channel Logout 1.0.

const (
	logoutEvent  = "http://schemas.openid.net/event/backchannel-logout"
	maxLogoutAge = 5 * time.Minute // the greatest age of a logout token without exp
)

func parseLogoutToken(_ context.Context, t *Run) *Fault {
	if t.Raw == "" {
		return Refuse(reason.MalformedRequest, nil, "the request has no logout token in the form value logout_token")
	}
	jwt, err := jose.Parse(t.Raw, 0)
	if err != nil {
		return Refuse(reason.MalformedToken, err, "the logout token cannot be read")
	}
	t.Token = tokenOfJWT(jwt)
	t.Established |= Parsed
	return nil
}

// checkLogoutType accepts logout+jwt (section 2.4), and the values that older products use: JWT and a missing typ. It refuses
// access tokens.
func checkLogoutType(_ context.Context, t *Run) *Fault {
	switch h := t.Token.JWT.Header; h.MediaType() {
	case "", "jwt", "logout+jwt":
		return nil
	default:
		return Refuse(reason.WrongTokenType, nil, "header typ %q is not that of a logout token", record.Short(h.Type))
	}
}

// checkLogoutClaims follows section 2.6, steps 3 to 8.
func checkLogoutClaims(_ context.Context, t *Run) *Fault {
	aud, _ := t.Token.Claims.Get("aud")
	names, ok := aud.Texts()
	if !ok || !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(t.Rules.LogoutAudience, name) }) {
		return Refuse(reason.WrongAudience, nil, "aud %s of the logout token, LogoutAudience %q", record.Short(aud.Raw()), t.Rules.LogoutAudience)
	}
	v, _ := t.Token.Claims.Get("events")
	events, _ := v.Object()
	event, _ := events.Get(logoutEvent)
	if _, ok := event.Object(); !ok {
		return Refuse(reason.WrongTokenType, nil, "events does not contain a logout event")
	}
	switch {
	case t.Has("nonce"):
		return Refuse(reason.WrongTokenType, nil, "a logout token must not have a nonce")
	case t.Text("jti") == "":
		return Refuse(reason.InvalidClaims, nil, "a logout token must have a jti")
	case t.Text("sub") == "" && t.Text("sid") == "":
		return Refuse(reason.InvalidClaims, nil, "the logout token names neither a subject nor a session")
	}
	return nil
}

// checkLogoutTime checks iat and exp. It accepts a recent token without exp, because older products issue such tokens.
func checkLogoutTime(_ context.Context, t *Run) *Fault {
	iat, present, ok := tokenclaims.Time(t.Token.Claims, "iat")
	if !present || !ok || iat.After(t.Now.Add(t.Rules.Leeway)) {
		return Refuse(reason.InvalidClaims, nil, "a logout token must have an iat that is not in the future")
	}
	if t.Has("exp") {
		exp, fault := t.Rules.timeFault(t.Token.Claims, t.Now, false)
		t.Expiry = exp
		return fault
	}
	if t.Now.Sub(iat) > maxLogoutAge {
		return Refuse(reason.Expired, nil, "the logout token has no exp, and is older than %s", maxLogoutAge)
	}
	return nil
}

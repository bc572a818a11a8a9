package pipeline

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The rules for ID tokens are those of OpenID Connect Core 1.0 section 3.1.3.7 and, after a refresh, of section 12.2.

func parseIDToken(_ context.Context, t *Run) *Fault {
	jwt, err := jose.Parse(t.Raw, 0)
	switch {
	case err == nil:
		t.Token = tokenOfJWT(jwt).ofLogin()
		t.Established |= Parsed
		return nil
	case codeOf(err) == jose.Encrypted:
		return Refuse(reason.EncryptedToken, err, "the ID token is encrypted; configure the provider to sign ID tokens for this client only")
	case codeOf(err) == jose.AlgorithmRefused:
		return Refuse(reason.AlgorithmRefused, err, "the header of the ID token has no usable alg")
	}
	return Refuse(reason.MalformedToken, err, "the ID token cannot be read")
}

// checkIDTokenType refuses the other tokens that the provider signs with the same keys.
func checkIDTokenType(_ context.Context, t *Run) *Fault {
	switch h := t.Token.JWT.Header; h.MediaType() {
	case "", "jwt":
	default:
		return Refuse(reason.WrongTokenType, nil, "header typ %q is not that of an ID token", record.Short(h.Type))
	}
	if t.Has("events") {
		return Refuse(reason.WrongTokenType, nil, "the token has events, so it is a logout token or a security event token")
	}
	stated, by := t.Rules.kindOf(t.Token.Claims)
	if stated == unstated || stated == idKind || stated == unknownKind || stated == accessKind && t.Rules.IDTokenIsAccessToken {
		return nil
	}
	value, _ := t.Token.Claims.Get(by)
	return Refuse(reason.WrongTokenType, nil, "%s %s names another kind of token than an ID token", by, record.Short(value.Raw()))
}

// checkLoginIssuer requires the issuer with which the login began. Otherwise a provider could sign in a user of another one.
func checkLoginIssuer(_ context.Context, t *Run) *Fault {
	iss, expected := t.Text("iss"), t.Rules.URL
	if discovery.Templated(expected) {
		if t.Tenant = t.Text("tid"); !IsTenant(t.Tenant) {
			return Refuse(reason.LoginIssuerMismatch, nil, "tid is not an id of a tenant, and the login began with %q", expected)
		}
		expected = discovery.ForTenant(expected, t.Tenant)
	}
	if iss != expected {
		return Refuse(reason.LoginIssuerMismatch, nil, "iss is %q, and the login began with %q", record.Short(iss), expected)
	}
	if t.Rules.Tenants != nil && !slices.Contains(t.Rules.Tenants, t.Tenant) {
		return Refuse(reason.UnknownIssuer, nil, "tenant %q is not in Tenants", t.Tenant)
	}
	t.Established |= KnownIssuer
	return nil
}

// Issues reports whether the rules are those of the issuer and the tenant in the claims.
func (r *Rules) Issues(c strictjson.Object) bool {
	if !discovery.Templated(r.URL) {
		return c.Text("iss") == r.URL
	}
	tid := c.Text("tid")
	return IsTenant(tid) && discovery.ForTenant(r.URL, tid) == c.Text("iss") && (r.Tenants == nil || slices.Contains(r.Tenants, tid))
}

// checkLoginSubject requires a sub. After a refresh or a step-up, issuer and subject must be those of the session.
func checkLoginSubject(_ context.Context, t *Run) *Fault {
	sub := t.Text("sub")
	if sub == "" {
		return Refuse(reason.InvalidClaims, nil, "sub is missing, or not a string with text")
	}
	former := t.login.Former
	switch {
	case former == nil:
		return nil
	case former.Issuer != t.issuerName():
		return Refuse(reason.LoginChanged, nil, "iss is %q, and the session began with %q", record.Short(t.issuerName()), former.Issuer)
	case former.Subject != sub:
		return Refuse(reason.LoginChanged, nil, "sub is not that of the session")
	}
	return nil
}

// checkIDTokenAudience requires the client in aud, and no other client in azp. With several audiences, azp must be present.
func checkIDTokenAudience(_ context.Context, t *Run) *Fault {
	client := t.login.ClientID
	aud, _ := t.Token.Claims.Get("aud")
	names, ok := aud.Texts()
	if !ok {
		return Refuse(reason.WrongAudience, nil, "aud is missing, or neither a string nor a list of strings")
	}
	if !slices.Contains(names, client) {
		return Refuse(reason.WrongAudience, nil, "aud %q, the client of the login is %q", record.Short(strings.Join(names, " ")), client)
	}
	azp, present := t.Token.Claims.Get("azp")
	others := slices.ContainsFunc(names, func(name string) bool { return name != client })
	switch text, isText := azp.Text(); {
	case !present && others:
		return Refuse(reason.UnauthorizedParty, nil, "aud names other audiences too, and the ID token has no azp")
	case present && (!isText || text != client):
		return Refuse(reason.UnauthorizedParty, nil, "azp is %s, the client of the login is %q", record.Short(azp.Raw()), client)
	}
	return nil
}

// checkNonce compares nonce in constant time. The ID token of a refresh need not have it.
func checkNonce(_ context.Context, t *Run) *Fault {
	v, present := t.Token.Claims.Get("nonce")
	nonce, isText := v.Text()
	expected := t.login.Nonce
	if t.login.Refreshed {
		expected = t.login.Former.Token.Text("nonce")
	}
	switch {
	case !present && (expected == "" || t.login.Refreshed):
		return nil
	case !present:
		return Refuse(reason.NonceMismatch, nil, "the ID token has no nonce, and the login sent one")
	case expected == "":
		return Refuse(reason.NonceMismatch, nil, "the ID token has a nonce, and the login sent none")
	case !isText || subtle.ConstantTimeCompare([]byte(nonce), []byte(expected)) != 1:
		return Refuse(reason.NonceMismatch, nil, "nonce is not that of the login")
	}
	return nil
}

// checkTokenHash compares at_hash with the access token of the same answer.
func checkTokenHash(_ context.Context, t *Run) *Fault {
	v, present := t.Token.Claims.Get("at_hash")
	if !present {
		return nil
	}
	stated, isText := v.Text()
	expected, ok := jose.TokenHash(t.Token.Header().Algorithm, t.login.AccessToken)
	switch {
	case t.login.AccessToken == "":
		return Refuse(reason.TokenHashMismatch, nil, "the ID token has at_hash, and the answer has no access token")
	case !ok || !isText || subtle.ConstantTimeCompare([]byte(stated), []byte(expected)) != 1:
		return Refuse(reason.TokenHashMismatch, nil, "at_hash is not that of the access token in the same answer")
	}
	return nil
}

// checkIDTokenTime requires exp and iat.
func checkIDTokenTime(_ context.Context, t *Run) *Fault {
	iat, issued, ok := tokenclaims.Time(t.Token.Claims, "iat")
	switch {
	case !t.Has("exp"):
		return Refuse(reason.InvalidClaims, nil, "exp is missing")
	case !issued || !ok || iat.Unix() <= 0:
		return Refuse(reason.InvalidClaims, nil, "iat is missing, or not a positive number of seconds")
	}
	exp, fault := t.Rules.timeFault(t.Token.Claims, t.Now, false)
	switch {
	case fault != nil:
		return fault
	case iat.After(t.Now.Add(t.Rules.Leeway)):
		return Refuse(reason.NotYetValid, nil, "iat %s, now %s, leeway %s", iat.UTC().Format(time.RFC3339), t.Now.UTC().Format(time.RFC3339), t.Rules.Leeway)
	case exp.Before(iat):
		return Refuse(reason.InvalidClaims, nil, "exp is before iat")
	}
	t.Established |= Timely
	return nil
}

// checkLoginAuthentication compares acr and auth_time with the request, or after a refresh with the session.
func checkLoginAuthentication(_ context.Context, t *Run) *Fault {
	l, set := t.login, claimset.FromObject(t.Token.Claims)
	if t.byUserInfo() {
		set = claims.Set{}
	}
	stated := StatedAuthentication{Required: Authentication{ACR: l.ACR, MaxAge: requestedAge(l.MaxAge)}, ACR: t.Rules.acr(set), Time: t.Rules.authTime(set)}
	if l.Refreshed {
		if fault := t.originalTimeFault(stated.Time); fault != nil {
			return fault
		}
		t.Token.Claims = withFormer(t.Token.Claims, l.Former)
		return nil
	}
	return stated.refusal(stated.acrFault(), stated.ageFault(t.Now, t.Rules.Leeway))
}

// originalTimeFault requires the time of the original authentication, if the ID token of a refresh states a time (OpenID Connect Core 1.0
// section 12.2). Providers round it to a second in different ways. If the session does not state it, it is not after the login. A time that
// is computed from an age (Rules.AuthAge) is not compared, because the age is in minutes.
func (t *Run) originalTimeFault(stated time.Time) *Fault {
	if stated.IsZero() || !t.Rules.AuthAge.IsZero() {
		return nil
	}
	former := t.login.Former
	original := t.Rules.authTime(claimset.FromObject(former.Token))
	switch later := stated.Unix() - original.Unix(); {
	case original.IsZero() && stated.After(former.Since.Add(t.Rules.Leeway)):
		return Refuse(reason.LoginChanged, nil, "auth_time %s is later than the login, %s", stated.UTC().Format(time.RFC3339), former.Since.UTC().Format(time.RFC3339))
	case !original.IsZero() && (later > 0 || later < -1):
		return Refuse(reason.LoginChanged, nil, "auth_time %s is not that of the session, %s", stated.UTC().Format(time.RFC3339), original.UTC().Format(time.RFC3339))
	}
	return nil
}

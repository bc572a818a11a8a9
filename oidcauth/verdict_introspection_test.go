package oidcauth_test

import (
	"net/http"
	"testing"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// askingIntrospection configures introspection as the client "api".
func (w *world) askingIntrospection(c *oidcauth.Config) {
	c.Issuers[0].Introspection.Client = must(provider.New(provider.Config{
		IntrospectionURL: idpIntrospect, ClientID: "api", Auth: provider.Auth{Secret: "secret"},
		HTTPClient: &http.Client{Transport: w}, Now: w.clock,
	}))
}

// introspected returns a row in which introspection gives this answer about an opaque token.
func introspected(name string, want reason.Reason, a answer) verdict {
	v := verdict{name: name, want: want, edit: func(string) string { return "opaque-token-of-the-good-user" }}
	var here *world
	v.world = func(w *world) {
		here = w
		w.set(idpIntrospect, a)
	}
	v.config = func(c *oidcauth.Config) { here.askingIntrospection(c) }
	return v
}

const asJSON = "application/json"

// active returns the answer about a good token, with changes.
func active(members obj) answer {
	good := obj{"active": true, "iss": idp, "aud": audience, "sub": holder, "exp": inSeconds(300), "token_type": "Bearer"}
	return answer{kind: asJSON, body: overlaid(good, members, "")}
}

// knowing returns a row with this answer and these changes to the Issuer.
func knowing(name string, want reason.Reason, members obj, rules func(*oidcauth.Issuer)) verdict {
	v := introspected(name, want, active(members))
	config := v.config
	v.config = func(c *oidcauth.Config) {
		config(c)
		rules(&c.Issuers[0])
	}
	return v
}

// asJWT changes a row so that a JWT with these claims is introspected, and the aud of the JWT itself is compared.
func asJWT(v verdict, change func(*verdict)) verdict {
	config := v.config
	v.edit = nil
	v.config = func(c *oidcauth.Config) {
		config(c)
		c.Issuers[0].Introspection.JWTs, c.Issuers[0].Introspection.AudienceOfJWT = true, true
	}
	change(&v)
	return v
}

func TestVerdictAudienceOfIntrospection(t *testing.T) {
	none := obj{"aud": nil}
	client := obj{"aud": nil, "client_id": "shop"}
	byClient := func(iss *oidcauth.Issuer) {
		iss.ClientIDInsteadOfAudience, iss.ClientIDs = true, []string{"shop"}
	}
	withoutAud := func(iss *oidcauth.Issuer) { iss.Introspection.InsecureWithoutAudience = true }
	plain := func(*verdict) {}
	runVerdicts(t, []verdict{
		knowing("none", reason.WrongAudience, none, func(*oidcauth.Issuer) {}),
		knowing("none, its client is listed", "", client, byClient),
		knowing("none, another client", reason.UnauthorizedParty, obj{"aud": nil, "client_id": "other"}, byClient),
		knowing("none, no client", reason.UnauthorizedParty, none, byClient),
		knowing("another API's, its client is listed", reason.WrongAudience, obj{"aud": "api://invoices", "client_id": "shop"}, byClient),
		knowing("none, which is allowed by name", "", none, withoutAud),
		asJWT(introspected("the JWT's own", "", active(none)), plain),
		asJWT(introspected("the JWT's own, another API's", reason.WrongAudience, active(none)), func(v *verdict) { v.claims = obj{"aud": "api://invoices"} }),
		asJWT(introspected("the JWT has none", reason.WrongAudience, active(none)), func(v *verdict) { v.claims = none }),
		asJWT(introspected("the JWT's own, forged", reason.InvalidSignature, active(none)), func(v *verdict) { v.key = attacker() }),
		asJWT(introspected("the JWT's own, keys unreachable", reason.KeysUnavailable, active(none)), func(v *verdict) {
			before := v.world
			v.world = func(w *world) { before(w); w.set(idpKeys, answer{status: 503}) }
		}),
		asJWT(introspected("the answer is another API's", reason.WrongAudience, active(obj{"aud": "api://invoices"})), plain),
		asJWT(introspected("the answer's, forged JWT", "", active(nil)), func(v *verdict) { v.key = attacker() }),
	})
}

// If an answer lacks sub, another claim is the subject only if it is configured.
func TestVerdictIntrospectionWithoutSub(t *testing.T) {
	row := func(name string, want reason.Reason, members obj, subject, sub string) verdict {
		v := introspected(name, want, active(members))
		before, config := v.world, v.config
		var here *world
		v.world = func(w *world) {
			before(w)
			here = w
			w.set(idpUserInfo, answer{body: `{"sub":"` + sub + `","oid":"o"}`})
		}
		v.config = func(c *oidcauth.Config) {
			config(c)
			here.askingUserInfo(c)
			c.Issuers[0].Claims.User = claims.Name("username")
			if subject != "" {
				c.Issuers[0].Claims.UserInfoSubject = claims.Name(subject)
			}
		}
		return v
	}
	byName := obj{"sub": nil, "username": holder}
	runVerdicts(t, []verdict{
		row("username stands for it", "", byName, "username", holder),
		row("username of another", reason.UserInfoSubjectMismatch, byName, "username", "bob"),
		row("nothing stands for it", reason.UserInfoSubjectMismatch, byName, "", holder),
		row("what stands for it is missing", reason.UserInfoSubjectMismatch, byName, "user_id", holder),
	})
}

func refusing(status int, kind, body string) answer {
	return answer{status: status, kind: kind, body: body}
}

// A failure that a sender can cause is a fault of the token, and not an outage of the provider.
func TestVerdictIntrospectionAnswers(t *testing.T) {
	runVerdicts(t, []verdict{
		introspected("good", "", active(nil)),
		introspected("inactive", reason.TokenInactive, answer{kind: asJSON, body: `{"active":false}`}),
		introspected("400 without a word", reason.TokenInactive, refusing(400, "", "")),
		introspected("400 with text", reason.TokenInactive, refusing(400, "text/plain", "no such token")),
		introspected("400 unsupported_token_type", reason.TokenInactive, refusing(400, asJSON, `{"error":"unsupported_token_type"}`)),
		introspected("400 invalid_token", reason.TokenInactive, refusing(400, asJSON, `{"error":"invalid_token"}`)),
		introspected("413", reason.TokenInactive, refusing(413, "text/html", "<html>")),
		introspected("400 invalid_request", reason.IntrospectionUnavailable, refusing(400, asJSON, `{"error":"invalid_request"}`)),
		introspected("400 invalid_client", reason.IntrospectionUnavailable, refusing(400, asJSON, `{"error":"invalid_client"}`)),
		introspected("400 unauthorized_client", reason.IntrospectionUnavailable, refusing(400, asJSON, `{"error":"unauthorized_client"}`)),
		introspected("400 with a page", reason.IntrospectionUnavailable, refusing(400, "text/html", "<html>")),
		introspected("401", reason.IntrospectionUnavailable, refusing(401, "", "")),
		introspected("403", reason.IntrospectionUnavailable, refusing(403, "", "")),
		introspected("404", reason.IntrospectionUnavailable, refusing(404, "", "")),
		introspected("500", reason.IntrospectionUnavailable, refusing(500, "", "")),
		introspected("503", reason.IntrospectionUnavailable, refusing(503, "", "")),
		introspected("no answer", reason.IntrospectionUnavailable, answer{err: http.ErrServerClosed}),
		introspected("active in words", reason.IntrospectionUnavailable, answer{kind: asJSON, body: `{"active":"true"}`}),
	})
}

package oidcauth_test

import (
	"net/http"
	"testing"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// askingIntrospection takes opaque tokens as the client "api".
func (w *world) askingIntrospection(c *oidcauth.Config) {
	c.Issuers[0].Introspector = must(provider.New(provider.Config{
		IntrospectionURL: idpIntrospect, ClientID: "api", Auth: provider.Auth{Secret: "secret"},
		HTTPClient: &http.Client{Transport: w}, Now: w.clock,
	}))
}

// introspected makes a row: introspection gives this answer about an opaque token.
func introspected(name string, want oidcauth.Reason, a answer) verdict {
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

// active is an answer about a good token, with these members instead or besides.
func active(members obj) answer {
	good := obj{"active": true, "iss": idp, "aud": audience, "sub": holder, "exp": inSeconds(300), "token_type": "Bearer"}
	return answer{kind: asJSON, body: overlaid(good, members, "")}
}

func refusing(status int, kind, body string) answer {
	return answer{status: status, kind: kind, body: body}
}

// What a sender can bring about is the token's fault, and no outage of the provider.
func TestVerdictIntrospectionAnswers(t *testing.T) {
	runVerdicts(t, []verdict{
		introspected("good", "", active(nil)),
		introspected("inactive", oidcauth.TokenInactive, answer{kind: asJSON, body: `{"active":false}`}),
		introspected("400 without a word", oidcauth.TokenInactive, refusing(400, "", "")),
		introspected("400 with text", oidcauth.TokenInactive, refusing(400, "text/plain", "no such token")),
		introspected("400 unsupported_token_type", oidcauth.TokenInactive, refusing(400, asJSON, `{"error":"unsupported_token_type"}`)),
		introspected("400 invalid_token", oidcauth.TokenInactive, refusing(400, asJSON, `{"error":"invalid_token"}`)),
		introspected("413", oidcauth.TokenInactive, refusing(413, "text/html", "<html>")),
		introspected("400 invalid_request", oidcauth.IntrospectionUnavailable, refusing(400, asJSON, `{"error":"invalid_request"}`)),
		introspected("400 invalid_client", oidcauth.IntrospectionUnavailable, refusing(400, asJSON, `{"error":"invalid_client"}`)),
		introspected("400 unauthorized_client", oidcauth.IntrospectionUnavailable, refusing(400, asJSON, `{"error":"unauthorized_client"}`)),
		introspected("400 with a page", oidcauth.IntrospectionUnavailable, refusing(400, "text/html", "<html>")),
		introspected("401", oidcauth.IntrospectionUnavailable, refusing(401, "", "")),
		introspected("403", oidcauth.IntrospectionUnavailable, refusing(403, "", "")),
		introspected("404", oidcauth.IntrospectionUnavailable, refusing(404, "", "")),
		introspected("500", oidcauth.IntrospectionUnavailable, refusing(500, "", "")),
		introspected("503", oidcauth.IntrospectionUnavailable, refusing(503, "", "")),
		introspected("no answer", oidcauth.IntrospectionUnavailable, answer{err: http.ErrServerClosed}),
		introspected("active in words", oidcauth.IntrospectionUnavailable, answer{kind: asJSON, body: `{"active":"true"}`}),
	})
}

package oidcauth_test

import (
	"encoding/json"
	"testing"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestVerdictAudience(t *testing.T) {
	out := []verdict{
		{name: "absent", claims: obj{"aud": nil}, want: reason.WrongAudience},
		{name: "skipped by name", claims: obj{"aud": nil}, config: func(c *oidcauth.Config) { c.Issuers[0].InsecureSkipAudience = true }},
		{name: "skipped by name, no string", claims: obj{"aud": 1}, config: func(c *oidcauth.Config) { c.Issuers[0].InsecureSkipAudience = true }},
	}
	for _, aud := range []string{
		"null", "0", "true", "{}", `{"api://orders":1}`, `""`, "[]", `[""]`, "[null]", `["api://orders",null]`, `["api://orders",1]`, `[["api://orders"]]`,
		`[{"aud":"api://orders"}]`, `"api://order"`, `"api://orders/"`, `"api://orders "`, `" api://orders"`, `"API://orders"`, `"api://Orders"`,
		`"api://orders\u0000"`, `"api://orders\n"`, `"api://orders,other"`, `"api://orders other"`, `"other api://orders"`, `["api://orders other"]`,
		`"x api://orders"`, `"api:\\/\\/orders"`, `"api%3A//orders"`, `"apı://orders"`, `"*"`, `"` + idp + `"`, `["other","another"]`,
	} {
		out = append(out, verdict{name: aud, claims: obj{"aud": json.RawMessage(aud)}, want: reason.WrongAudience})
	}
	runVerdicts(t, out)
}

// If ClientIDs is set, the token's client is checked. The claims azp, client_id, cid and appid name it.
func TestVerdictAudienceParty(t *testing.T) {
	ours := func(c *oidcauth.Config) { c.Issuers[0].ClientIDs = []string{"app", "second"} }
	noClient := func(c *oidcauth.Config) { c.Issuers[0].ClientIDs = []string{} }
	instead := func(c *oidcauth.Config) { ours(c); c.Issuers[0].ClientIDInsteadOfAudience = true }
	out := []verdict{
		{name: "no client allowed", claims: obj{"azp": "app"}, config: noClient, want: reason.UnauthorizedParty},
		{name: "unnamed", config: ours, want: reason.UnauthorizedParty},
		{name: "all names agree", claims: obj{"azp": "app", "client_id": "app", "cid": "app", "appid": "app"}, config: ours},
		{name: "the last name disagrees", claims: obj{"azp": "app", "client_id": "app", "cid": "app", "appid": "evil"}, config: ours, want: reason.UnauthorizedParty},
		{name: "one right, one null", claims: obj{"azp": "app", "client_id": json.RawMessage("null")}, config: ours, want: reason.UnauthorizedParty},
		{name: "aud is a client", claims: obj{"aud": []string{audience, "app"}}, config: ours, want: reason.UnauthorizedParty},
		{name: "instead of aud", claims: obj{"aud": nil, "client_id": "second"}, config: instead},
		{name: "instead of aud null", claims: obj{"aud": json.RawMessage("null"), "client_id": "app"}, config: instead, want: reason.WrongAudience},
		{name: "instead of aud empty", claims: obj{"aud": []string{}, "client_id": "app"}, config: instead, want: reason.WrongAudience},
		{name: "instead of aud by a name in another case", claims: obj{"aud": nil, "Cid": "app"}, config: instead, want: reason.UnauthorizedParty},
	}
	for _, name := range []string{"azp", "client_id", "cid", "appid"} {
		out = append(out, verdict{name: name, claims: obj{name: "second"}, config: ours})
		for _, v := range []string{`"evil"`, `""`, "null", "1", `["app"]`, `"App"`, `"app "`, `"app second"`, `"ap"`, `{"app":1}`} {
			out = append(out, verdict{name: name + " " + v, claims: obj{name: json.RawMessage(v)}, config: ours, want: reason.UnauthorizedParty})
		}
	}
	runVerdicts(t, out)
}

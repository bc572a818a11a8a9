package page_test

import (
	"time"

	"github.com/knownbearer/knownbearer/internal/history"
	"github.com/knownbearer/knownbearer/internal/page"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

var noon = time.Date(2026, 11, 21, 12, 34, 56, 0, time.UTC)

// hostile is text that a sender of a token could write, and that would change the page or mislead its reader.
const hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\" onfocus='x' javascript:x {{.}} \u202egnp.exe\x1b[31m\u2028"

func hints() []decision.Hint {
	return []decision.Hint{
		{
			Code: "graph_token", Reason: reason.WrongAudience, Cause: "The token is for Microsoft Graph, not for this API.",
			Fix:    "Have the client request a scope of this API, such as api://orders/access, instead of a scope of Graph.",
			Actual: "aud 00000003-0000-0000-c000-000000000000", Expected: "aud api://orders",
		},
		{Code: "entra_version", Reason: reason.WrongAudience, Cause: "The token has version 1.0, and version 2.0 is configured.", Fix: "Set requestedAccessTokenVersion to 2 in the manifest of the API."},
	}
}

func refused() *decision.Decision {
	return &decision.Decision{
		ID: "ZS7L3GVFRCX3YXSMXAYBYPLZOR", Time: noon.Add(-3 * time.Minute), Elapsed: 118966, Reason: reason.WrongAudience, Status: 401, Verified: true,
		Issuer: "https://login.example.com", Method: "GET", Route: "GET /orders", Hints: hints(),
		Token: decision.TokenFacts{
			Type: "JWT", Algorithm: "RS256", KeyID: "2026-10", Issuer: "https://login.example.com", Audience: `"00000003-0000-0000-c000-000000000000"`,
			ID: "tqTNzJ1pqkmV", IssuedAt: "1795264196", Expires: "1795267796", Claims: []string{"aud", "exp", "iat", "iss", "jti", "oid", "scp", "sub", "tid", "upn"},
			KeySource: "https://login.example.com/keys",
		},
		Steps: []decision.Step{
			{Name: "bearer", Outcome: decision.Passed},
			{Name: "parse", Outcome: decision.Passed, Detail: "a signed JWT with 10 claims"},
			{Name: "issuer", Outcome: decision.Passed, Detail: `"https://login.example.com"`},
			{Name: "keys", Outcome: decision.Passed, Detail: `1 key(s) for kid "2026-10" and alg RS256 from https://login.example.com/keys`, Sources: []decision.KeySource{
				{Source: "https://login.example.com/keys", Held: []string{"2026-10", "2026-11"}, Fetched: noon.Add(-8 * time.Minute)},
			}},
			{Name: "signature", Outcome: decision.Passed, Detail: `verified with key "2026-10"`},
			{Name: "time", Outcome: decision.Passed, Detail: "exp 2026-11-21T13:29:56Z, now 2026-11-21T12:31:56Z, leeway 1m0s"},
			{Name: "audience", Outcome: decision.Failed, Faults: []decision.Fault{{Reason: reason.WrongAudience, Detail: `aud "00000003-0000-0000-c000-000000000000", configured ["api://orders"]`}}},
			{Name: "claims", Outcome: decision.Passed, Detail: "all required claims are present", Claims: []decision.ClaimSource{
				{Name: "upn", Source: "token", Value: "[redacted]"},
				{Name: "tid", Source: "token", Value: `"0f8e1d"`},
				{Name: "groups", Source: "nowhere"},
			}},
			{Name: "checks", Outcome: decision.Skipped, Detail: "not checked: its claims are not resolved"},
			{Name: "user", Outcome: decision.Skipped, Detail: "not checked: the claims that identify the user are missing"},
		},
	}
}

func acceptance() *decision.Decision {
	d := refused()
	d.Accepted, d.Reason, d.Status, d.Hints, d.Steps = true, "", 0, nil, d.Steps[:6]
	return d
}

// refusedBy is a refusal whose sender wrote every text.
func refusedBy(text string) *decision.Decision {
	d := refused()
	d.ID, d.Method, d.Route, d.Rule = text, text, text, text
	d.Token = decision.TokenFacts{
		Type: text, Algorithm: text, KeyID: text, Issuer: text, Audience: text, ID: text, IssuedAt: text, Expires: text, Claims: []string{text}, KeySource: text,
	}
	for i := range d.Hints {
		h := &d.Hints[i]
		h.Cause, h.Fix, h.Actual, h.Expected = text, text, text, text
	}
	for i := range d.Steps {
		s := &d.Steps[i]
		s.Name, s.Detail = text, text
		for j := range s.Faults {
			s.Faults[j] = decision.Fault{Reason: reason.Reason(text), Detail: text}
		}
		for j := range s.Sources {
			s.Sources[j] = decision.KeySource{Source: text, Held: []string{text}, Notes: []string{text}, Fault: text}
		}
		for j := range s.Claims {
			s.Claims[j] = decision.ClaimSource{Name: text, Source: text, Value: text}
		}
	}
	return d
}

// counts spreads refusals over the hour.
func counts(every, most int) (c history.Counts) {
	for i := range c {
		if i%every == 0 {
			c[i] = i*7%most + 1
		}
	}
	return c
}

func fetch(f decision.Fetch) decision.Event {
	return decision.Event{Kind: decision.Fetched, Time: noon.Add(-time.Minute), Issuer: "https://login.example.com", Fetch: &f}
}

func home() page.Home {
	down := history.Counts{}
	down[40], down[41], down[42] = 6, 11, 3
	failed, good := history.Counts{}, history.Counts{}
	failed[40], failed[41], failed[42] = 1, 1, 1
	for i := 0; i < 60; i += 10 {
		good[i] = 2
	}
	unreachable := decision.Hint{
		Code: "keys_unavailable", Reason: reason.KeysUnavailable, Cause: "The provider's keys cannot be fetched.", Fix: "Check that the provider answers at the URL of its keys.",
	}
	return page.Home{
		Now: noon,
		Issuers: []page.Issuer{
			{
				URL: "https://login.example.com", Audience: []string{"api://orders"}, Ready: true,
				Sources: []page.KeySource{{
					Origin: "discovered key set of https://login.example.com", Source: "https://login.example.com/keys", Fetched: noon.Add(-8 * time.Minute),
					Notes: []string{"a key with use enc was skipped"},
					Keys: []page.Key{
						{ID: "2026-10", Algorithms: []string{"RS256"}, Type: "RSA", Valid: true, Since: noon.Add(-40 * 24 * time.Hour)},
						{ID: "2026-11", Algorithms: []string{"ES256"}, Type: "EC", Valid: true, Since: noon.Add(-50 * time.Minute), Until: noon.Add(300 * 24 * time.Hour)},
					},
				}},
				Endpoints: []page.Endpoint{{Name: "userinfo", Calls: 1290, Failures: 2}},
			},
			{
				URL: "https://partner.example.net/realms/staff", Audience: []string{"orders"}, Ready: true,
				Sources: []page.KeySource{{
					Origin: "https://partner.example.net/realms/staff/protocol/openid-connect/certs", Fetched: noon.Add(-4 * time.Hour), NextFetch: noon.Add(5 * time.Second),
					Fault: "GET https://partner.example.net/realms/staff/protocol/openid-connect/certs: status 503", Waiting: 3,
					Keys: []page.Key{{ID: "a8Kx0", Type: "RSA", Valid: true}},
				}},
			},
		},
		Caches: []page.Cache{{Cache: "tokens", Hits: 184022, Misses: 2210, Entries: 812, Bytes: 4 << 20}, {Cache: "userinfo", Hits: 12, Misses: 40, Entries: 7, Bytes: 9000}, {Cache: "introspection"}},
		Denied: &page.DenyList{Entries: 17, Limit: 100000},
		Snapshot: history.Snapshot{
			Since: noon.Add(-30 * time.Hour),
			Causes: []history.Cause{
				{Key: history.Key{Reason: reason.WrongAudience, Code: "graph_token"}, Hint: hints()[0], Status: 401, Counts: counts(1, 9), Last: noon.Add(-time.Minute), DecisionID: "ZS7L3GVFRCX3YXSMXAYBYPLZOR"},
				{Key: history.Key{Reason: reason.KeysUnavailable, Code: "keys_unavailable"}, Hint: unreachable, Status: 503, Counts: down, Last: noon.Add(-17 * time.Minute), DecisionID: "AAAL3GVFRCX3YXSMXAYBYPLZOR"},
				{Key: history.Key{Reason: reason.Expired}, Status: 401, Counts: counts(7, 3), Last: noon.Add(-7 * time.Minute)},
			},
			Recent: []*decision.Decision{refused(), refused(), refused()},
			Fetches: []decision.Event{
				fetch(decision.Fetch{Endpoint: decision.EndpointKeys, Host: "login.example.com", Status: 200, Elapsed: 23 * time.Millisecond, Result: decision.Succeeded}),
				fetch(decision.Fetch{
					Endpoint: decision.EndpointKeys, Host: "partner.example.net", Status: 503, Elapsed: 5 * time.Second, Result: decision.Unavailable,
					Fault: "GET https://partner.example.net/realms/staff/protocol/openid-connect/certs: status 503",
				}),
				fetch(decision.Fetch{Endpoint: decision.EndpointUserInfo, Host: "login.example.com", Status: 401, Elapsed: 1234 * time.Microsecond, Result: decision.Declined, Fault: "invalid_token"}),
			},
			Good: good, Bad: failed,
		},
		ShowsValues: true,
	}
}

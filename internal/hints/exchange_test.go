package hints_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/hints"
)

func TestRulesOnExchanges(t *testing.T) {
	refused := func(code string, numbers ...int) hints.Case {
		return hints.Case{Reason: "userinfo_refused", Exchange: hints.Exchange{Refused: true, Code: code, Numbers: numbers}}
	}
	graph := func(status int) hints.Case {
		return hints.Case{Reason: "userinfo_unavailable", Graph: hints.Refusal{Status: status}}
	}
	runRules(t, map[string]rule{
		"a token for another API":      {code: "exchange_audience", seen: refused("invalid_grant", 500131), near: refused("invalid_grant", 70000)},
		"a token that Graph signed":    {code: "exchange_audience", seen: refused("invalid_grant", 50013), near: refused("invalid_grant")},
		"no consent":                   {code: "exchange_consent", seen: refused("invalid_grant", 1, 65001), near: refused("invalid_grant", 6500)},
		"no consent, by code":          {code: "exchange_consent", seen: refused("consent_required"), near: refused("login_required")},
		"a second factor":              {code: "exchange_interaction", seen: refused("interaction_required"), near: refused("invalid_grant")},
		"a second factor, by number":   {code: "exchange_interaction", seen: refused("invalid_grant", 50076), near: refused("invalid_grant", 50013)},
		"an unknown API":               {code: "exchange_target", seen: refused("invalid_target"), near: refused("invalid_request")},
		"a scope of no API":            {code: "exchange_target", seen: refused("invalid_scope"), near: refused("")},
		"another cause":                {code: "exchange_refused", seen: refused("invalid_grant"), near: refused("invalid_grant", 65001)},
		"no cause":                     {code: "exchange_refused", seen: refused(""), near: hints.Case{Reason: "userinfo_refused"}},
		"a permission is missing":      {code: "graph_permission", seen: graph(403), near: graph(429)},
		"a token that Graph refuses":   {code: "graph_permission", seen: graph(401), near: graph(0)},
		"too many calls":               {code: "graph_throttled", seen: graph(429), near: graph(403)},
		"a service that is overloaded": {code: "graph_throttled", seen: graph(503), near: graph(500)},
		"a file without assertion": {
			code: "assertion_file", seen: hints.Case{Reason: "introspection_unavailable", AssertionFile: "/var/run/secrets/token"},
			near: hints.Case{Reason: "introspection_unavailable"},
		},
		"groups that were fetched": {
			code: "groups_overage", seen: hints.Case{Reason: "check_failed", Claim: "groups"},
			near:   hints.Case{Reason: "check_failed", Claim: "groups", UserInfo: hints.UserInfo{Groups: true}},
			tokens: [2]string{`{"hasgroups":true}`, `{"hasgroups":true}`},
		},
		"Entra's UserInfo": {
			code: "entra_userinfo", seen: hints.Case{Reason: "userinfo_refused", UserInfo: hints.UserInfo{Configured: true}},
			near:   hints.Case{Reason: "userinfo_refused", UserInfo: hints.UserInfo{Configured: true, Groups: true}},
			tokens: [2]string{`{"iss":"https://sts.windows.net/t/"}`, `{"iss":"https://sts.windows.net/t/"}`},
		},
	})
	found := hints.For(&hints.Case{
		Reason: "access_denied", Claims: object(t, `{"aud":"https://graph.microsoft.com"}`),
		Exchange: hints.Exchange{Refused: true, Code: "invalid_grant", Numbers: []int{50013}},
	})
	require.Len(t, found, 1)
	require.Equal(t, "invalid_grant AADSTS50013, aud https://graph.microsoft.com", found[0].Actual)
}

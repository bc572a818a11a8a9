package hints_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/hints"
)

// Two hosts may belong to one operator if one is internal, or if they are siblings under a domain that is not shared.
func TestIssuerOfAnotherHostMayBeTheSameOperator(t *testing.T) {
	const path = "/realms/shop"
	for hosts, want := range map[[2]string]bool{
		{"sso.corp.example", "id.corp.example"}:           true,
		{"corp.example", "id.corp.example"}:               true,
		{"id.corp.example", "corp.example"}:               true,
		{"id.abcd.de", "sso.abcd.de"}:                     true,
		{"id.abc.de", "sso.abc.de"}:                       false, // abc.de may be a registry's domain, as co.uk is
		{"evil.co.uk", "corp.co.uk"}:                      false,
		{"evil.example", "corp.example"}:                  false,
		{"169.254.1.1", "id.corp.example"}:                true,
		{"10.0.0.7:8080", "id.corp.example"}:              true,
		{"127.0.0.1", "id.corp.example"}:                  true,
		{"203.0.113.7", "id.corp.example"}:                false,
		{"keycloak:8080", "id.corp.example"}:              true,
		{"keycloak.svc", "id.corp.example"}:               true,
		{"keycloak.cluster.local", "id.corp.example"}:     true,
		{"user@id.corp.example", "sso.corp.example"}:      false,
		{"evil.azurewebsites.net", "a.azurewebsites.net"}: false,
	} {
		c := &hints.Case{
			Reason: "unknown_issuer", Now: now, Issuers: []string{"https://" + hosts[1] + path},
			Claims: object(t, `{"iss":"https://`+hosts[0]+path+`"}`),
		}
		if want {
			require.Contains(t, codes(c), "issuer_other_host", hosts)
		} else {
			require.NotContains(t, codes(c), "issuer_other_host", hosts)
		}
	}
}

func TestIssuerOfEntraIsRecognisedByItsHost(t *testing.T) {
	for iss, want := range map[string]bool{
		"https://login.microsoftonline.com/t1/v2.0":               true,
		"https://sts.windows.net/t1/":                             true,
		"https://LOGIN.microsoftonline.com/t1/v2.0":               true,
		"https://evil.example/login.microsoftonline.com":          false,
		"https://login.microsoftonline.com.evil.example/t1":       false,
		"https://evil@login.microsoftonline.com/t1/v2.0":          false,
		"https://log\u0131n.microsoftonline.com/t1/v2.0":          false,
		"https://notlogin.microsoftonline.com.evil.example/t1/v2": false,
	} {
		require.Equal(t, want, hints.IsEntra(iss), iss)
	}
}

func TestRulesOnPolicies(t *testing.T) {
	unknown := hints.Case{Reason: "unknown_issuer", Issuers: []string{"https://corp.b2clogin.com/tfp/x/B2C_1_in/v2.0/"}}
	runRules(t, map[string]rule{
		"another policy of the own tenant": {
			code: "b2c_policy", seen: unknown, near: unknown,
			tokens: [2]string{
				`{"iss":"https://corp.b2clogin.com/tfp/x/B2C_1_up/v2.0/","tfp":"B2C_1_up"}`,
				`{"iss":"https://evil.b2clogin.com/tfp/x/B2C_1_up/v2.0/","tfp":"B2C_1_up"}`,
			},
		},
	})
}

// A hint that stands alone is omitted beside another hint about the same reason.
func TestHintThatStandsAloneIsOmittedBesideAnother(t *testing.T) {
	c := &hints.Case{
		Reason: "unknown_issuer", Now: now, Issuers: []string{"https://sso.corp.example/auth/realms/staff"},
		Claims: object(t, `{"iss":"https://sso.corp.example/realms/staff"}`),
	}
	require.Equal(t, []string{"keycloak_path"}, codes(c))
}

package hints_test

import (
	"crypto/x509"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/hints"
)

// ids returns a JSON list of n client ids, all of them "shop".
func ids(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`"shop",`, n), ",") + "]" }

func TestRulesOnTheAudience(t *testing.T) {
	wrong := hints.Case{Reason: "wrong_audience", Audience: []string{"api"}}
	runRules(t, map[string]rule{
		"the client, as often as values are read": {
			code: "audience_is_client", seen: wrong, near: wrong,
			tokens: [2]string{`{"azp":"shop","aud":` + ids(10) + `}`, `{"azp":"shop","aud":` + ids(11) + `}`},
		},
		"a blank": {code: "audience_empty", seen: wrong, near: wrong, tokens: [2]string{`{"aud":" "}`, `{"aud":" x"}`}},
		"an empty list": {
			code: "audience_empty", seen: wrong, near: wrong, tokens: [2]string{`{"aud":[]}`, `{"aud":null}`},
		},
		"null":     {code: "audience_missing", seen: wrong, near: wrong, tokens: [2]string{`{"aud":null}`, `{"aud":7}`}},
		"a number": {code: "audience_malformed", seen: wrong, near: wrong, tokens: [2]string{`{"aud":7}`, `{"aud":null}`}},
	})
}

func TestRulesOnUserInfoAndItsUser(t *testing.T) {
	refused := func(code string) hints.Case {
		return hints.Case{Reason: "userinfo_refused", UserInfo: hints.UserInfo{Status: 403, Code: code}}
	}
	missing := hints.Case{Reason: "claim_missing", Claim: "email"}
	asserted := func(html bool) hints.Case {
		return hints.Case{Reason: "introspection_unavailable", Client: hints.Refusal{Status: 401, Assertion: "https://id.example", HTML: html}}
	}
	runRules(t, map[string]rule{
		"UserInfo wants openid": {
			code: "userinfo_scope", seen: refused("insufficient_scope"), near: refused("access_denied"),
			tokens: [2]string{`{"scope":"orders"}`, `{"scope":"orders"}`},
		},
		"a refused assertion": {code: "assertion_audience", seen: asserted(false), near: asserted(true)},
		"a client and no user": {
			code: "no_user_named", seen: missing, near: missing,
			tokens: [2]string{`{"azp":"shop"}`, `{"azp":"shop","gty":"client-credentials"}`},
		},
	})
}

// The name of the claim tells the operator which setting to compare with the token.
func TestHintOnAMissingClaimNamesTheClaim(t *testing.T) {
	for _, reason := range []string{"claim_missing", "check_claim_missing"} {
		c := hints.Case{Reason: reason, Claim: "employeeNumber", UserInfo: hints.UserInfo{Configured: true}, Claims: object(t, `{"sub":"3000"}`)}
		found := hints.For(&c)
		require.Equal(t, reason, found[0].Code)
		require.Equal(t, "no employeeNumber", found[0].Actual)
		require.Contains(t, found[0].Expected, "employeeNumber")
		c.Claim = ""
		require.Empty(t, hints.For(&c)[0].Actual+hints.For(&c)[0].Expected, "the application refuses without naming a claim")
	}
}

// The sender chooses the values of a token, so a hint repeats a bounded part of them.
func TestHintsAreShort(t *testing.T) {
	long := strings.Repeat("x", 5000)
	c := hints.Case{Reason: "unknown_issuer", Now: now, Claims: object(t, `{"iss":"https://`+long+`"}`)}
	for n := range 30 {
		c.Issuers = append(c.Issuers, fmt.Sprintf("https://%d.example", n))
	}
	found := hints.For(&c)
	require.Equal(t, "unknown_issuer", found[0].Code)
	require.Less(t, len(found[0].Actual), 300)
	require.Len(t, strings.Fields(found[0].Expected), 10)
}

func TestCertificateFaultNamesTheCause(t *testing.T) {
	for want, err := range map[string]error{
		"unknown": x509.UnknownAuthorityError{},
		"host":    fmt.Errorf("fetch: %w", x509.HostnameError{Certificate: &x509.Certificate{}}),
		"expired": x509.CertificateInvalidError{Reason: x509.Expired},
		"":        x509.CertificateInvalidError{Reason: x509.TooManyIntermediates},
	} {
		require.Equal(t, want, hints.CertificateFault(err))
		require.Equal(t, want != "", hints.CertificateAdvice(err) != "")
	}
}

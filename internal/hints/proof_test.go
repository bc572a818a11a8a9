package hints_test

import (
	"testing"

	"github.com/knownbearer/knownbearer/internal/hints"
)

func TestRulesOnProofs(t *testing.T) {
	of := func(reason string, p hints.Proof) hints.Case { return hints.Case{Reason: reason, Proof: p} }
	bound, cert := `{"cnf":{"jkt":"x"}}`, `{"cnf":{"x5t#S256":"x"}}`
	runRules(t, map[string]rule{
		"proofs that are not accepted": {
			code: "dpop_not_configured", seen: of("sender_constrained", hints.Proof{}), near: of("sender_constrained", hints.Proof{}),
			tokens: [2]string{bound, cert},
		},
		"a bound token with the scheme Bearer": {
			code: "dpop_token_as_bearer", seen: of("proof_missing", hints.Proof{Accepted: true}),
			near: of("proof_missing", hints.Proof{Accepted: true, Scheme: true}),
		},
		"no proof": {
			code: "dpop_header_missing", seen: of("proof_missing", hints.Proof{Scheme: true}), near: of("proof_missing", hints.Proof{Headers: 1}),
		},
		"two proofs": {
			code: "dpop_header_several", seen: of("proof_invalid", hints.Proof{Scheme: true, Headers: 2}),
			near: of("proof_invalid", hints.Proof{Scheme: true, Headers: 1}),
		},
		"a proxy that changes the host": {
			code: "proof_other_origin", seen: of("proof_other_request", hints.Proof{OtherOrigin: true, Actual: "https://a", Expected: "https://b"}),
			near: of("proof_other_request", hints.Proof{}),
		},
		"a proof for another method": {
			code: "proof_other_method", seen: of("proof_other_request", hints.Proof{OtherMethod: true, Actual: "POST", Expected: "GET"}),
			near: of("proof_other_request", hints.Proof{}),
		},
		"a proxy that removes a prefix": {
			code: "proof_other_path", seen: of("proof_other_request", hints.Proof{}), near: of("proof_other_request", hints.Proof{OtherMethod: true}),
		},
		"the certificate of a proxy": {
			code: "client_certificate_of_proxy", seen: of("client_certificate_mismatch", hints.Proof{}), near: of("client_certificate_mismatch", hints.Proof{Forwarded: true}),
		},
	})
}

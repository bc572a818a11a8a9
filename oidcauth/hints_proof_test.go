package oidcauth_test

import "github.com/knownbearer/knownbearer/oidcauth/oidctest"

func proofHints() []hinted {
	holder := holderKey()
	bound := func(change func(*scene)) scene {
		s := scene{publicURL: publicURL, by: &holder, claims: oidctest.Claims{"cnf": obj{"jkt": holder.jkt()}}}
		if change != nil {
			change(&s)
		}
		return s
	}
	cert := oidctest.Claims{"cnf": obj{"x5t#S256": "x"}}
	elsewhere := func(s *scene) { s.proof = obj{"htu": publicURL + "/invoices"} }
	return []hinted{
		{"proofs are not accepted", "dpop_not_configured", scene{claims: bound(nil).claims}, func(s *scene) { s.claims = cert }},
		{"bound token as bearer token", "dpop_token_as_bearer", bound(func(s *scene) { s.by = nil }), func(s *scene) { s.by, s.proofs = &holder, -1 }},
		{"certificate of a proxy", "client_certificate_of_proxy", scene{claims: cert, peer: proxyCert()}, func(s *scene) { s.peer = nil }},
		{"no proof", "dpop_header_missing", bound(func(s *scene) { s.proofs = -1 }), func(s *scene) { s.proofs = 0 }},
		{"two proofs", "dpop_header_several", bound(func(s *scene) { s.proofs = 1 }), func(s *scene) { s.proofs = 0 }},
		{"proxy changes the host", "proof_other_origin", bound(func(s *scene) { s.publicURL = "http://10.0.0.1:8080" }), func(s *scene) { s.publicURL = publicURL }},
		{"proxy removes a prefix", "proof_other_path", bound(elsewhere), func(s *scene) { s.proof = obj{"htm": "PUT"} }},
		{"proof for another method", "proof_other_method", bound(func(s *scene) { s.proof = obj{"htm": "PUT"} }), elsewhere},
	}
}

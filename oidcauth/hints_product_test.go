package oidcauth_test

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// productHints are mistakes with products that have a preset.
func productHints() []hinted {
	text := func(claim, value string) claims.Check { return claims.Equals(claims.Name(claim), value) }
	change := func(claim string, v any) func(*scene) { return withClaims(oidctest.Claims{claim: v}) }
	from := func(iss string, has oidctest.Claims) scene {
		return scene{issuer: oidcauth.Issuer{URL: iss}, claims: merged(oidctest.Claims{"iss": iss}, has)}
	}
	checked := func(iss string, check claims.Check, has oidctest.Claims) scene {
		s := from(iss, has)
		s.issuer.Claims.Checks = []claims.Check{check}
		return s
	}
	const trust = "spiffe://corp.example"
	svid := func(domain string, has oidctest.Claims) scene {
		s := scene{issuer: oidcauth.Issuer{URL: domain, JWTSVID: true}, claims: merged(oidctest.Claims{"iss": nil, "sub": domain + "/sync"}, has)}
		s.header = jwt
		return s
	}
	balanced := func(header map[string]any) scene {
		s := scene{header: header}
		s.issuer.HeaderChecks = []claims.Check{text("signer", "arn:aws:own"), text("client", "shop")}
		return s
	}
	kind := scene{header: map[string]any{"kind": "page"}}
	kind.issuer.HeaderChecks = []claims.Check{text("kind", "app")}
	unpadded := scene{issuer: oidcauth.Issuer{PaddedTokens: true}}
	symmetric := func(iss string) scene {
		s := from(iss, nil)
		signedBySecret("HS256")(&s)
		return s
	}

	const (
		clerk     = "https://clerk.corp.example"
		authentik = "https://authentik.corp.example/application/o/orders/"
		supabase  = "https://abc.supabase.co/auth/v1"
		zitadel   = "https://corp-1.zitadel.cloud"
	)
	party := from(clerk, oidctest.Claims{"azp": "https://evil.example", "sub": "user_2"})
	party.issuer.ClientIDs = []string{"https://app.example"}
	login := from(authentik, oidctest.Claims{"nonce": "n"})
	login.header = jwt
	mapped := from(authentik, oidctest.Claims{"scope": "openid"})
	mapped.issuer.Claims.Required = []claims.Path{claims.Name("uid")}
	opaque := scene{issuer: oidcauth.Issuer{URL: "https://abc.logto.app/oidc"}, sent: sending("tq5mGXoGYTbkCN8MbyMHTQ6lsmDdtWnGZ0Pf3bHPS3u")}
	strange := func(iss string, has oidctest.Claims) scene {
		return scene{claims: merged(oidctest.Claims{"iss": iss}, has)}
	}
	github := "https://token.actions.githubusercontent.com"
	return []hinted{
		{"another policy", "b2c_other_policy", checked(corpIssuer, text("tfp", "B2C_1_signin"), oidctest.Claims{"tfp": "B2C_1_signup"}), change("tfp", "")},
		{"no scope of the project", "zitadel_audience", from(zitadel, oidctest.Claims{"aud": "another"}), change("aud", audience)},
		{"no scope, own domain", "zitadel_audience", scene{claims: oidctest.Claims{"aud": "another", "urn:zitadel:iam:user:resourceowner:id": "1"}}, change("urn:zitadel:iam:user:resourceowner:id", nil)},
		{"authentik's ID token", "authentik_id_token", login, change("scope", "openid")},
		{"authentik's ID token with a scope", "authentik_mapped_scope", mapped, func(s *scene) { s.issuer.Claims.Required = []claims.Path{claims.Name("jti")} }},
		{"authentik without a key", "authentik_signing_key", symmetric(authentik), func(s *scene) { s.claims = merged(s.claims, oidctest.Claims{"iss": corpIssuer}) }},
		{"Logto without a resource", "logto_without_resource", opaque, func(s *scene) { s.issuer.URL = corpIssuer }},
		{"a pending session", "clerk_pending", checked(clerk, text("sts", "active"), oidctest.Claims{"sts": "pending"}), change("sts", "other")},
		{"a token of a template", "clerk_template", checked(clerk, claims.Has(claims.Name("sid")), oidctest.Claims{"sub": "user_2"}), change("sub", "alice")},
		{"another origin", "clerk_origin", party, change("azp", "wiki")},
		{"an API key", "supabase_api_key", strange("supabase", oidctest.Claims{"role": "anon"}), change("iss", "supabase2")},
		{"the legacy secret", "supabase_legacy_secret", symmetric(supabase), change("iss", corpIssuer)},
		{"an anonymous user", "supabase_anonymous", checked(supabase, claims.Equals(claims.Name("is_anonymous"), false), oidctest.Claims{"is_anonymous": true}), change("is_anonymous", "true")},
		{"a session cookie", "firebase_session_cookie", strange("https://session.firebase.google.com/p", nil), change("iss", "https://session.example/p")},
		{"a custom token", "firebase_custom_token", strange("robot@p.iam.gserviceaccount.com", oidctest.Claims{"aud": "https://identitytoolkit.googleapis.com/x"}), change("aud", "https://x.googleapis.com/x")},
		{"another resource of the proxy", "iap_audience", from("https://cloud.google.com/iap", oidctest.Claims{"aud": "/projects/1"}), change("aud", audience)},
		{"another application of the team", "cloudflare_audience", from("https://corp.cloudflareaccess.com", oidctest.Claims{"aud": "tag"}), change("aud", audience)},
		{"a key of the manager", "pingfederate_keys", scene{header: map[string]any{"pi.atm": "1", "kid": "other"}}, withHeader(map[string]any{"pi.atm": nil})},
		{"another repository", "github_other_repository", checked(github, text("repository_id", "74"), oidctest.Claims{"repository_id": "75"}), change("repository_id", nil)},
		{"another owner", "github_other_repository", checked(github, text("repository_owner_id", "65"), oidctest.Claims{"repository_owner_id": "66"}), change("repository_owner_id", nil)},
		{"no audience requested", "github_audience", from(github, oidctest.Claims{"aud": "https://github.com/corp"}), change("aud", audience)},
		{"another project", "gitlab_other_project", checked("https://gitlab.com", text("project_id", "20"), oidctest.Claims{"project_id": "21"}), change("project_id", nil)},
		{"the old token", "gitlab_old_token", strange("gitlab.com", oidctest.Claims{"job_id": "1", "project_id": "2"}), change("job_id", nil)},
		{"the token of a Secret", "kubernetes_secret_token", strange("kubernetes/serviceaccount", nil), change("iss", "kubernetes")},
		{"the token for the API server", "kubernetes_audience", scene{claims: oidctest.Claims{"aud": "https://kubernetes.default.svc", "kubernetes.io": oidctest.Claims{}}}, change("kubernetes.io", nil)},
		{"another load balancer", "alb_other_signer", balanced(map[string]any{"signer": "arn:aws:x", "client": "shop"}), withHeader(map[string]any{"signer": nil})},
		{"another client of it", "alb_other_client", balanced(map[string]any{"signer": "arn:aws:own", "client": "wiki"}), withHeader(map[string]any{"signer": nil})},
		{"another kind", "header_refused", kind, withHeader(map[string]any{"kind": "app"})},
		{"no padding", "alb_access_token", unpadded, func(s *scene) { s.issuer.PaddedTokens = false }},
		{"an iss of SPIRE", "spiffe_jwt_issuer", svid(trust, oidctest.Claims{"iss": corpIssuer}), change("sub", trust+".other/x")},
		{"another trust domain", "spiffe_other_trust_domain", svid(trust, oidctest.Claims{"sub": "spiffe://partner.example/x"}), change("sub", "https://partner.example/x")},
		{"a JWT-SVID", "spiffe_not_configured", strange("", oidctest.Claims{"iss": nil, "sub": trust + "/x"}), change("sub", "alice")},
		{"no workload", "spiffe_no_workload", svid(trust, oidctest.Claims{"sub": trust + "//x"}), change("sub", trust+"/x")},
		{"another namespace", "kubernetes_other_namespace", checked(corpIssuer, text("sub", "system:serviceaccount:shop:sync"), oidctest.Claims{"sub": "system:serviceaccount:other:sync"}), change("sub", "system:user")},
	}
}

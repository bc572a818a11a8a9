package settings_test

import (
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// workloads are programs, jobs and service accounts with a token of their platform.
func workloads() []product {
	const (
		github  = "https://token.actions.githubusercontent.com"
		cluster = "https://kubernetes.default.svc.cluster.local"
	)
	const (
		domain = "spiffe://corp.example"
		bundle = "https://spire.corp.example:8443"
	)
	pod := oidctest.Claims{"namespace": "shop", "serviceaccount": oidctest.Claims{"name": "sync", "uid": "u"}, "pod": oidctest.Claims{"name": "sync-1", "uid": "p"}}
	return []product{
		{
			preset: "github-actions", provider: `"parameters": {"repositoryID": "74", "ownerID": "65"}, "audience": ["` + orders + `"]`,
			header: map[string]any{"typ": "JWT", "x5t": "eBZ_cn3sXYAd0ch4THBKHIgOwOE"}, asks: github + wellKnown,
			claims: oidctest.Claims{
				"iss": github, "aud": orders, "sub": "repo:corp-65/orders-74:ref:refs/heads/main", "ref": "refs/heads/main", "repository": "corp/orders", "repository_id": "74",
				"repository_owner": "corp", "repository_owner_id": "65", "run_id": "1", "actor": "alice", "actor_id": "12", "event_name": "push", "jti": "j",
			},
			name: "corp/orders",
			mistakes: []slip{
				{name: "another repository of the same name", claims: oidctest.Claims{"repository_id": "75"}, want: reason.CheckFailed, hint: "github_other_repository"},
				{name: "no audience requested", claims: oidctest.Claims{"aud": "https://github.com/corp"}, want: reason.WrongAudience, hint: "github_audience"},
			},
		},
		{ // as GitLab documents ID tokens of its jobs, with strings as ids
			preset: "gitlab-ci", provider: `"parameters": {"projectID": "20"}, "audience": ["` + orders + `"]`, header: jwt, asks: "https://gitlab.com" + wellKnown,
			claims: oidctest.Claims{
				"iss": "https://gitlab.com", "aud": orders, "sub": "project_path:corp/orders:ref_type:branch:ref:main", "project_id": "20", "project_path": "corp/orders",
				"namespace_id": "72", "pipeline_id": "574", "job_id": "302", "ref": "main", "ref_protected": "true", "jti": "j",
			},
			name: "corp/orders",
			mistakes: []slip{
				{name: "another project", claims: oidctest.Claims{"project_id": "21"}, want: reason.CheckFailed, hint: "gitlab_other_project"},
				{name: "the deprecated CI_JOB_JWT", claims: oidctest.Claims{"iss": "gitlab.com", "aud": nil}, want: reason.UnknownIssuer, hint: "gitlab_old_token"},
			},
		},
		{ // as the source of Kubernetes makes it (pkg/serviceaccount/claims.go)
			preset: "kubernetes", provider: `"parameters": {"namespace": "shop"}, "audience": ["` + orders + `"]`, header: noType, asks: cluster + wellKnown,
			claims: oidctest.Claims{"iss": cluster, "aud": []string{orders}, "sub": "system:serviceaccount:shop:sync", "kubernetes.io": pod, "jti": "j"},
			name:   "sync",
			mistakes: []slip{
				{
					name: "the token of a Secret", claims: oidctest.Claims{"iss": "kubernetes/serviceaccount", "aud": nil, "exp": nil, "kubernetes.io": nil, "kubernetes.io/serviceaccount/namespace": "shop"},
					want: reason.UnknownIssuer, hint: "kubernetes_secret_token",
				},
				{name: "the token for the API server", claims: oidctest.Claims{"aud": []string{cluster}}, want: reason.WrongAudience, hint: "kubernetes_audience"},
				{name: "another namespace", claims: oidctest.Claims{"sub": "system:serviceaccount:other:sync"}, want: reason.CheckFailed, hint: "kubernetes_other_namespace"},
			},
		},
		{
			preset: "spiffe", provider: `"parameters": {"trustDomain": "corp.example", "bundle": "` + bundle + `"}, "audience": ["` + orders + `"]`,
			header: jwt, alg: "ES256", asks: bundle,
			claims: oidctest.Claims{"iss": nil, "sub": domain + "/ns/shop/sa/sync", "aud": []string{orders}},
			name:   domain + "/ns/shop/sa/sync",
			mistakes: []slip{
				{name: "another trust domain", claims: oidctest.Claims{"sub": "spiffe://partner.example/sync"}, want: reason.UnknownIssuer, hint: "spiffe_other_trust_domain"},
				{name: "an iss by jwt_issuer", claims: oidctest.Claims{"iss": "https://oidc.corp.example"}, want: reason.UnknownIssuer, hint: "spiffe_jwt_issuer"},
				{name: "the trust domain itself", claims: oidctest.Claims{"sub": domain}, want: reason.InvalidClaims, hint: "spiffe_no_workload"},
			},
		},
	}
}

package hints

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/spiffe"
)

const (
	githubActions = "https://token.actions.githubusercontent.com"
	// secretToken is the issuer of the tokens that Kubernetes keeps in Secrets.
	secretToken = "kubernetes/serviceaccount"
)

// workloadRules concern the tokens that a platform issues to jobs and service accounts.
var workloadRules = []Rule{
	{
		Code: "github_other_repository", Reasons: []string{"check_failed"},
		Cause: "The workflow runs in another repository, or for another owner, than the checks name. Names of repositories can be given to others, and ids cannot.",
		Fix:   "Compare the ids with those that the API of GitHub shows for your own repository, and set them in Issuer.Claims.Checks; otherwise the token is not yours.",
		match: func(c *Case) (evidence, bool) {
			return evidence{c.Claim + " " + c.text(c.Claim), "the id in Issuer.Claims.Checks"}, c.Claim == "repository_id" || c.Claim == "repository_owner_id"
		},
	},
	{
		Code: "github_audience", Reasons: []string{"wrong_audience"},
		Cause: "The token of GitHub Actions is not for this API: without a requested audience, aud is the URL of the repository's owner, and the same for every service.",
		Fix:   "Have the workflow request the audience of this API (core.getIDToken(audience), or &audience= in the request), and list it in Issuer.Audience.",
		match: func(c *Case) (evidence, bool) {
			return audiences(c), strings.HasPrefix(c.text("iss"), githubActions)
		},
	},
	{
		Code: "gitlab_other_project", Reasons: []string{"check_failed"},
		Cause: "The job of GitLab runs in another project than the checks name.",
		Fix:   "Compare the id with that of your own project, and set it in Issuer.Claims.Checks; otherwise the token is not yours.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"project_id " + c.text("project_id"), "the id in Issuer.Claims.Checks"}, c.Claim == "project_id"
		},
	},
	{
		Code: "gitlab_old_token", Reasons: []string{"unknown_issuer"},
		Cause: "The token is CI_JOB_JWT of GitLab, whose iss is no URL and which has no aud; GitLab has removed it.",
		Fix:   "Have the job declare id_tokens with the aud of this API, and send that token.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"iss " + c.text("iss"), "an ID token of id_tokens"}, c.has("job_id", "project_id") && c.text("iss") != "" && !strings.Contains(c.text("iss"), "://")
		},
	},
	{
		Code: "kubernetes_secret_token", Reasons: []string{"unknown_issuer"}, Sole: true,
		Cause: "The token is that of a Secret in Kubernetes, which has no aud and never expires.",
		Fix:   "Give the pod a projected service account token with the audience of this API (serviceAccountToken), and send that.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"iss " + secretToken, "a projected token"}, c.text("iss") == secretToken
		},
	},
	{
		Code: "kubernetes_audience", Reasons: []string{"wrong_audience"},
		Cause: "The token of the service account is for another audience. The token that every pod has is for the API server, which could use a token that it gets.",
		Fix:   "Give the pod a projected service account token with the audience of this API (serviceAccountToken), and send that; never add the audience of the API server to Issuer.Audience.",
		match: func(c *Case) (evidence, bool) {
			return audiences(c), c.has("kubernetes.io") || strings.HasPrefix(c.text("sub"), "system:serviceaccount:")
		},
	},
	{
		Code: "kubernetes_other_namespace", Reasons: []string{"check_failed"},
		Cause: "The service account is not one that the checks name. Every namespace of the cluster has the same issuer.",
		Fix:   "Name your own service accounts in Issuer.Claims.Checks, as system:serviceaccount:<namespace>:<name>.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"another service account", "that in Issuer.Claims.Checks"}, c.Claim == "sub" && strings.HasPrefix(c.text("sub"), "system:serviceaccount:")
		},
	},
	{
		Code: "spiffe_jwt_issuer", Reasons: []string{"unknown_issuer"}, Sole: true,
		Cause: "The token is a JWT-SVID with an iss, which SPIRE writes if its server has the setting jwt_issuer. The configured issuer is the trust domain.",
		Fix:   "If that setting of your own SPIRE server is this iss, set Issuer.URL to it, and Issuer.JWTSVID to false; otherwise the token is not yours.",
		match: func(c *Case) (evidence, bool) {
			own := c.trustDomain()
			return evidence{"iss " + c.text("iss"), "no iss, or iss " + own}, c.Claims.Has("iss") && own != "" && slices.Contains(c.Issuers, own)
		},
	},
	{
		Code: "spiffe_other_trust_domain", Reasons: []string{"unknown_issuer"}, Sole: true,
		Cause: "The token is a JWT-SVID of another trust domain than the configured ones.",
		Fix:   "Have the workload get its JWT-SVID from your own trust domain; configure another one only if its operator and you have agreed on it.",
		match: func(c *Case) (evidence, bool) {
			other, own := c.trustDomain(), slices.DeleteFunc(slices.Clone(c.Issuers), func(iss string) bool { return !strings.HasPrefix(iss, spiffe.Scheme) })
			return evidence{"another trust domain", join(own[:min(len(own), maxValues)])}, other != "" && len(own) > 0 && !slices.Contains(own, other) && !c.Claims.Has("iss")
		},
	},
	{
		Code: "spiffe_not_configured", Reasons: []string{"unknown_issuer"}, Sole: true,
		Cause: "The token is a JWT-SVID of SPIFFE, which has no iss.",
		Fix:   "If the trust domain of its sub is your own, set Issuer.URL to spiffe://<trust domain>, Issuer.JWTSVID to true, and Issuer.Keys to certsource.JWKS with the URL of its bundle and JWTSVID (preset spiffe of a settings document).",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no iss, and a SPIFFE ID as sub", "iss " + join(c.Issuers[:min(len(c.Issuers), maxValues)])}, c.trustDomain() != "" && !c.Claims.Has("iss")
		},
	},
	{
		Code: "spiffe_no_workload", Reasons: []string{"invalid_claims"},
		Cause: "The sub of the JWT-SVID is not the SPIFFE ID of a workload in the configured trust domain.",
		Fix:   "Have the workload be registered under spiffe://<trust domain>/<path>, with a path of letters, digits, dots, dashes and underscores between single slashes.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"another sub", c.Issuer + "/<path>"}, strings.HasPrefix(c.Issuer, spiffe.Scheme) && !spiffe.IsWorkload(c.text("sub"), c.Issuer)
		},
	},
}

// trustDomain returns the trust domain of the token's sub, or "".
func (c *Case) trustDomain() string {
	if td := spiffe.TrustDomainOf(c.text("sub")); spiffe.IsTrustDomain(td) {
		return td
	}
	return ""
}

package hints

import (
	"fmt"
	"slices"
	"strings"
)

// Exchange describes how the provider refused to exchange the received token for one of another API. The zero Exchange
// means that it did not refuse.
type Exchange struct {
	Refused bool
	// Code is the OAuth error code. It may be empty.
	Code string
	// Numbers are those of Entra ID's AADSTS codes.
	Numbers []int
}

func (e Exchange) String() string {
	text := e.Code
	for _, n := range e.Numbers[:min(len(e.Numbers), maxValues)] {
		text += fmt.Sprintf(" AADSTS%d", n)
	}
	return strings.TrimSpace(text)
}

func (e Exchange) hasAny(numbers ...int) bool {
	return slices.ContainsFunc(numbers, func(n int) bool { return slices.Contains(e.Numbers, n) })
}

// exchangeRules concern calls to other APIs. They have no Reasons, because the application may refuse a request for any
// reason after such a call.
var exchangeRules = []Rule{
	{
		Code:  "assertion_file",
		Cause: "The file with this service's client assertion cannot be read, or holds no assertion that is still valid.",
		Fix:   "Check provider.Auth.AssertionFile, the projected volume of the pod, and the permissions of the file.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: clip(c.AssertionFile)}, c.AssertionFile != ""
		},
	},
	{
		Code:  "exchange_audience",
		Cause: "Entra ID does not exchange the received token: it may not have been issued for this service.",
		Fix:   "Have the client request a scope of this API, not of Microsoft Graph, and set provider.Config.ClientID to the app registration of this API.",
		match: func(c *Case) (evidence, bool) {
			return evidence{c.Exchange.String() + ", aud " + join(c.audience()), "aud is the ClientID, or the App ID URI of this API"}, c.Exchange.hasAny(50013, 500131)
		},
	},
	{
		Code:  "exchange_consent",
		Cause: "Entra ID does not exchange the received token, because this service has no consent to call the other API for the user.",
		Fix:   "Add the permission for the other API to the app registration of this API, and have an administrator consent; or list the client in knownClientApplications, so that the user consents to both.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: c.Exchange.String()}, c.Exchange.hasAny(65001) || c.Exchange.Code == "consent_required"
		},
	},
	{
		Code:  "exchange_interaction",
		Cause: "The provider exchanges the received token only after the user has done more, such as a second factor.",
		Fix:   "Answer 401 with the challenge of provider.ExchangeError.Challenge; the client then sends the claims of the challenge with its next request for a token.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: c.Exchange.String()},
				c.Exchange.Code == "interaction_required" || c.Exchange.Code == "login_required" || c.Exchange.hasAny(50076, 50079, 50158, 53003)
		},
	},
	{
		Code:  "exchange_target",
		Cause: "The provider does not know the API for which a token was requested, or does not issue its tokens to this service.",
		Fix:   "Check Audience, Resources and Scopes of provider.TokenRequest, and allow this service's client at the provider to exchange tokens for that API.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: c.Exchange.String()}, c.Exchange.Code == "invalid_target" || c.Exchange.Code == "invalid_scope"
		},
	},
	{
		Code: "exchange_refused", Alone: true,
		Cause: "The provider refused to exchange the received token for one of another API.",
		Fix:   "Check that the token has not expired or been revoked, that its aud names this service, and that the provider allows this service's client to exchange tokens.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: c.Exchange.String()}, c.Exchange.Refused
		},
	},
	{
		Code: "graph_unknown_user", Reasons: []string{"userinfo_refused"},
		Cause: "Microsoft Graph does not know the user of the token, so the user's groups could not be read.",
		Fix:   "Check that the client of entra.GroupsConfig.Client belongs to the tenant of the token. The token of an application has no user; have Entra ID issue app roles to it.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"tid " + c.text("tid"), "the tenant of the client"}, c.UserInfo.Groups && c.UserInfo.Status == 404
		},
	},
	{
		Code: "graph_no_groups", Reasons: []string{"userinfo_refused"},
		Cause: "The user's groups cannot be read for this token: the user may be in more than 10,000 groups, or the token may have no oid.",
		Fix:   "Have Entra ID issue app roles, or only the groups assigned to the application.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: "status 400"}, c.UserInfo.Groups && c.UserInfo.Status == 400 && !c.Exchange.Refused
		},
	},
	{
		Code:  "graph_permission",
		Cause: "Microsoft Graph does not let this service read the user's groups.",
		Fix:   "Give the app registration the application permission User.Read.All, or the delegated permission User.Read if entra.GroupsConfig.OnBehalfOf is set, and have an administrator consent.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: strings.TrimSpace(c.Graph.String())}, c.Graph.Status == 401 || c.Graph.Status == 403
		},
	},
	{
		Code:  "graph_throttled",
		Cause: "Microsoft Graph limits the calls of this service, so the user's groups could not be read.",
		Fix:   "Raise entra.GroupsConfig.MaxAge, or have Entra ID issue app roles or only the groups assigned to the application, which need no call.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: strings.TrimSpace(c.Graph.String())}, c.Graph.Status == 429 || c.Graph.Status == 503
		},
	},
}

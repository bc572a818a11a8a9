// Package entra fetches the groups that Microsoft Entra ID leaves out of a token.
//
// A token names at most 200 groups. If the user has more, it has the claim _claim_names or hasgroups instead of groups
// (groups overage). [Groups] then asks Microsoft Graph, and the answer is the claim groups of the token:
//
//	groups, err := entra.NewGroups(entra.GroupsConfig{Client: client})
//	issuer.Claims.UserInfo = groups
//	issuer.Claims.Checks = []claims.Check{claims.Equals(claims.Name("groups"), "<id of the group>")}
//
// Checks, roles and handlers read that claim. Graph is not asked about tokens without groups overage.
//
// The package calls only the configured host. It never calls the URL in _claim_sources, which belongs to a retired API.
package entra

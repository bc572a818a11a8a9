// Package entra fetches the groups that Microsoft Entra ID leaves out of a token.
//
// A token names at most 200 groups. If the user has more, it has the claim _claim_names or hasgroups instead of groups
// (groups overage). [Groups] then asks Microsoft Graph, and the answer is the claim groups of the token:
//
//	groups, err := entra.NewGroups(entra.GroupsConfig{Client: client})
//	issuer.Claims.UserInfo = groups
//	issuer.Claims.Checks = []claims.Check{claims.Equals(claims.Name("groups"), "<id of the group>")}
//
// The package asks only the configured host. It never calls the URL in _claim_sources, because that belongs to a retired
// API, and a sender could choose it if the token were not verified.
package entra

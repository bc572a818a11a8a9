package replay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/usermap"
)

// KeysOf returns a hash of the keys of an issuer that are in memory. It is empty if there are none.
func KeysOf(rules *pipeline.Rules) string {
	var hashes []string
	for _, r := range rules.Reports() {
		if r.Hash != "" {
			hashes = append(hashes, r.Hash)
		}
	}
	if len(hashes) == 0 {
		return ""
	}
	slices.Sort(hashes)
	return sum(hashes)
}

// ConfigurationOf returns a hash of the settings of an issuer that decide about its tokens. Functions, clients and user stores of the
// service count by their Go type only, except the statement of a lookup.
func ConfigurationOf(r *pipeline.Rules) string {
	headerChecks := make([]string, 0, len(r.HeaderChecks))
	for _, c := range r.HeaderChecks {
		headerChecks = append(headerChecks, c.String())
	}
	checks := make([]string, 0, len(r.Checks))
	for _, c := range r.Checks {
		checks = append(checks, c.String())
	}
	return sum([]string{
		fmt.Sprintf("%q %q %q %q %q %q %q", r.URL, r.DiscoveryURL, r.Tenants, r.Audience, r.ClientIDs, r.Algorithms, r.AccessTokenTypes),
		fmt.Sprintf("%q %v %q %q %q %q", r.UserInfoSubject, r.UserInfoOnly, r.Search, r.Name, r.Tenant, r.Claims),
		fmt.Sprintf("%q %q %q %v", checks, r.Roles.Paths, r.Roles.Prefixes, r.Roles.Map),
		fmt.Sprintf("%T %T %s %T %v", r.UserInfo, r.Users, statementOf(r.Users), r.Introspector, r.Opaque != nil),
		fmt.Sprint(r.Leeway, r.IntrospectJWTs, r.AudienceOfIntrospectedJWT, r.RequireTokenType, r.JWTSVID, headerChecks, r.PaddedTokens, r.HeaderChecksInsteadOfAudience, r.ClientIDInsteadOfAudience, r.IDTokenIsAccessToken,
			r.ConfirmByUserInfo, r.InsecureSkipAudience, r.InsecureIntrospectionWithoutAudience, r.InsecureIntrospectionWithoutTokenType,
			r.InsecureOpaqueByUserInfo, r.InsecureIgnoreConfirmation),
	})
}

// statementOf returns the statement of a lookup in a database.
func statementOf(users usermap.Finder) string {
	if s, ok := users.(*usermap.SQL); ok {
		return s.Statement()
	}
	return ""
}

func sum(parts []string) string {
	hash := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(hash[:hashBytes])
}

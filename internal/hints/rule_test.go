package hints_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// imperatives begin the fixes.
var imperatives = []string{
	"Add", "Allow", "Answer", "Assign", "Check", "Compare", "Find", "Give", "Have", "If", "List", "Name", "Only", "Raise", "Read", "Require", "Restore", "Revoke", "Send", "Set",
	"Store", "Switch", "Synchronise", "Use",
}

// Every rule has the same form, so that programs can refer to it by its code, and so that a person reads what to do first.
func TestRulesAreUniform(t *testing.T) {
	codes := map[string]bool{}
	for _, r := range hints.Rules() {
		t.Run(r.Code, func(t *testing.T) {
			require.False(t, codes[r.Code], "two rules have this code")
			codes[r.Code] = true
			require.Equal(t, strings.ToLower(r.Code), r.Code)
			require.NotContains(t, r.Code, " ")
			for _, text := range []string{r.Cause, r.Fix} {
				require.True(t, strings.HasSuffix(text, "."), text)
				require.NotContains(t, text, "\n")
			}
			first, _, _ := strings.Cut(strings.TrimSuffix(r.Fix, "."), " ")
			require.Contains(t, imperatives, first, r.Fix)
			for _, why := range r.Reasons {
				require.True(t, why == hints.NotRevoked || slices.Contains(reason.All(), reason.Reason(why)), why)
			}
			require.False(t, r.General && (r.Alone || r.Sole))
		})
	}
}

// A product's own advice names the product in its code, so that it can be found beside that of others.
func TestAdviceOfAProductIsForThatProductOnly(t *testing.T) {
	for name, words := range map[string][]string{
		"openiam": {"OpenIAM", "Send JWT Token"}, "glewlwyd": {"Glewlwyd"}, "lemonldap": {"Access Token as JWT"}, "hydra": {"access token strategy"},
		"dex": {"audience:server:client_id"}, "adfs": {"issuance transform"}, "cognito": {"Amplify"},
	} {
		for _, r := range hints.Rules() {
			for _, word := range words {
				if strings.Contains(r.Fix, word) {
					require.True(t, strings.HasPrefix(r.Code, name), "%s has advice of %s", r.Code, name)
				}
			}
		}
	}
}

// Package verdict asks an Authenticator about a token in the two ways that there are, and insists that they agree.
package verdict

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Of returns the identity of an accepted token, or the reason of the refusal. An accepted token has no hints.
func Of(tb testing.TB, auth *oidcauth.Authenticator, token string) (*oidcauth.Identity, reason.Reason) {
	tb.Helper()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	id, err := auth.Check(r)
	explained := auth.Explain(context.Background(), token)
	var refused *oidcauth.Error
	if errors.As(err, &refused) {
		require.Equal(tb, refused.Reason, explained.Reason, explained)
		return nil, refused.Reason
	}
	require.NoError(tb, err)
	require.True(tb, explained.Accepted, explained)
	require.Empty(tb, explained.Hints)
	return id, ""
}

// Refused insists on the reason, and that these are among the codes of the hints.
func Refused(tb testing.TB, auth *oidcauth.Authenticator, token string, reason reason.Reason, hints ...string) {
	tb.Helper()
	_, got := Of(tb, auth, token)
	explained := auth.Explain(context.Background(), token)
	require.Equal(tb, reason, got, explained)
	require.Subset(tb, explained.HintCodes(), hints, explained)
}

package oidcauth_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// explain calls ExplainRequest, and Explain if the token is alone in the request. It requires that the verdict and the first fault
// equal those of Check, that the decision contains no secret, and that an unverified token causes requests for keys only.
func (w *world) explain(t *testing.T, c verdict, token string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/orders", nil)
	c.request()(r, token)
	w.requireExplained(t, c, token, w.auth.ExplainRequest(r))
	values := r.Header.Values("Authorization")
	if len(values) != 1 || !strings.HasPrefix(values[0], "Bearer ") || len(r.Header) > 1 || r.TLS != nil {
		return // the token is not alone
	}
	if _, err := w.auth.BearerToken(r); errors.Is(err, reason.NoCredentials) {
		return // the Authorization header is not read
	}
	w.requireExplained(t, c, token, w.auth.Explain(t.Context(), strings.TrimPrefix(values[0], "Bearer ")))
}

func (w *world) requireExplained(t *testing.T, c verdict, token string, d *decision.Decision) {
	t.Helper()
	require.Equal(t, c.want, d.Reason, "%s", d)
	require.Equal(t, c.want == "", d.Accepted)
	require.Equal(t, c.want == "", len(d.Faults()) == 0)
	require.Empty(t, w.strays(), "asked what it must not ask")
	if c.want == "" {
		require.Empty(t, d.Hints)
		require.True(t, d.Verified)
	} else {
		require.Equal(t, c.want, d.Faults()[0].Reason)
		require.Equal(t, c.want.Status(), d.Status)
		require.NotEmpty(t, d.Hints, "no word on the cause")
		require.Equal(t, c.want, d.Hints[0].Reason)
	}
	if !d.Verified {
		require.Zero(t, w.count(idpUserInfo), "UserInfo asked for an unverified token")
		require.Zero(t, w.lookups.Load(), "a user looked up for an unverified token")
	}
	requireNoSecret(t, d, token)
}

func requireNoSecret(t *testing.T, d *decision.Decision, token string) {
	t.Helper()
	data, err := json.Marshal(d)
	require.NoError(t, err)
	for _, said := range []string{d.String(), string(data)} {
		for _, secret := range append(secretsOf(token), holder) {
			if len(secret) >= 16 {
				require.NotContains(t, said, secret)
			}
		}
		require.Less(t, len(said), 64<<10, "an explanation as long as the sender likes")
	}
}

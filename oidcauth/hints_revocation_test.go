package oidcauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// refusedRevocation is an answer to a revocation, and one to which the hint does not apply.
type refusedRevocation struct {
	name, code, actual string
	answer, near       http.HandlerFunc
}

func answering(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func revocationHints() []refusedRevocation {
	const json = "application/json"
	client := answering(401, json, `{"error":"invalid_client"}`)
	gateway := answering(403, json, `{"error":"insufficient_scope","scope":"content.revoke"}`)
	down := answering(500, json, "")
	return []refusedRevocation{
		{"a gateway's page", "revocation_entitlement", "HTML", answering(403, "text/html", "<html>"), down},
		{"a gateway's scope", "revocation_entitlement", "content.revoke", gateway, client},
		{"an entitlement", "revocation_entitlement", "insufficient_rights", answering(403, json, `{"error":"insufficient_rights"}`), client},
		{"the client", "revocation_client_refused", "invalid_client", client, gateway},
		{"the type of token", "revocation_unsupported", "unsupported_token_type", answering(400, json, `{"error":"unsupported_token_type"}`), answering(400, json, `{"error":"invalid_request"}`)},
		{"an outage", "revocation_unavailable", "", down, client},
		{"no endpoint", "revocation_endpoint_missing", "", nil, down},
		{"another client's token", "revocation_of_other_client", "shop", answering(200, json, ""), down},
	}
}

// revoke revokes a token at a provider that answers so. A nil answer means that it has no endpoint for revocations.
func revoke(t *testing.T, answer http.HandlerFunc) *oidcauth.NotRevokedError {
	t.Helper()
	p := oidctest.New(t)
	config := provider.Config{Issuer: p.Issuer(), ClientID: "api", Auth: provider.Auth{Secret: "secret"}}
	if answer == nil {
		p.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"` + p.Issuer() + `","jwks_uri":"` + p.Issuer() + string(oidctest.JWKS) + `"}`})
	} else {
		endpoint := httptest.NewServer(answer)
		t.Cleanup(endpoint.Close)
		config.RevocationURL = endpoint.URL
	}
	client, err := provider.New(config)
	require.NoError(t, err)
	s := serviceOf(t, p, withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Revoker, c.Issuers[0].ConfirmRevocation = client, true
		c.Issuers[0].Introspection.Client = alwaysActive{}
	}))
	err = s.auth.Revoke(t.Context(), s.Token(audience, oidctest.Claims{"sub": "alice", "azp": "shop"}), "access_token")
	var failed *oidcauth.NotRevokedError
	require.True(t, errors.As(err, &failed), err)
	return failed
}

// alwaysActive calls every token active.
type alwaysActive struct{}

func (alwaysActive) Introspect(context.Context, string) (claims.Set, error) {
	return claims.Parse([]byte(`{"active":true}`))
}

// The error of a revocation names its cause and its fix, as a refusal does.
func TestHintsOnARevocation(t *testing.T) {
	for _, c := range revocationHints() {
		t.Run(c.name, func(t *testing.T) {
			failed := revoke(t, c.answer)
			require.NotEmpty(t, failed.Hints)
			require.Equal(t, c.code, failed.Hints[0].Code)
			require.Contains(t, failed.Hints[0].Actual, c.actual)
			require.Contains(t, failed.Error(), failed.Hints[0].Cause)
			require.Contains(t, failed.Error(), failed.Hints[0].Fix)
			require.Empty(t, failed.Hints[0].Reason)
			for _, h := range revoke(t, c.near).Hints {
				require.NotEqual(t, c.code, h.Code)
			}
		})
	}
}

package mcpauth_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/mcpauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// plain is the go-sdk's middleware with a verifier that returns the error as it is.
func plain(s *service) http.Handler {
	verify := func(ctx context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
		id, err := s.auth.CheckToken(ctx, oidcauth.Presented{Token: token})
		if err != nil {
			return nil, err
		}
		return &auth.TokenInfo{Scopes: id.Scopes(), Expiration: id.Expires(), UserID: id.Subject()}, nil
	}
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return mcp.NewServer(&mcp.Implementation{}, nil) }, nil)
	options := &auth.RequireBearerTokenOptions{ResourceMetadataURL: s.auth.ResourceMetadataURL(), Scopes: []string{"orders.read"}}
	return auth.RequireBearerToken(verify, options)(h)
}

// scoped is the same with Handler.
func scoped(s *service) http.Handler {
	h := mcpauth.Handler(s.auth, s.server(), nil, nil)
	return s.auth.Handler(s.auth.RequireScopes("orders.read")(h))
}

// The table of the README.
func TestBesideRequireBearerToken(t *testing.T) {
	for name, c := range map[string]struct {
		build                                    func(*service) http.Handler
		outage, two, unknown                     int
		stepUp, textOfTheError, outageNamesCause bool
	}{
		"RequireBearerToken": {plain, 500, 200, 500, false, true, true},
		"Handler":            {scoped, 503, 400, 401, true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.build)
			good := "Bearer " + s.of("alice", "orders.read")
			res, _ := s.post(t, initialize, "", good)
			require.Equal(t, http.StatusOK, res.StatusCode)

			res, _ = s.post(t, initialize, "", "Bearer "+s.of("alice"))
			require.Equal(t, http.StatusForbidden, res.StatusCode)
			require.Equal(t, c.stepUp, strings.Contains(res.Header.Get("WWW-Authenticate"), `error="insufficient_scope"`))

			res, _ = s.post(t, initialize, "", good, good)
			require.Equal(t, c.two, res.StatusCode)

			res, body := s.post(t, initialize, "", "Bearer "+s.Token("api://other", oidctest.Claims{"sub": "alice"}))
			require.Equal(t, c.unknown, res.StatusCode)
			require.Equal(t, c.textOfTheError, strings.Contains(body, "api://other"))

			require.NoError(t, s.Rotate("ES256"))
			s.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway})
			res, body = s.post(t, initialize, "", "Bearer "+s.of("alice", "orders.read"))
			require.Equal(t, c.outage, res.StatusCode)
			require.Equal(t, c.outageNamesCause, strings.Contains(body, s.Issuer()))
		})
	}
}

package mcpauth_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/mcpauth"
)

// The error of a rule may repeat the token, wherever the token was read.
func TestErrorOfARuleWithTheTokenIsRedacted(t *testing.T) {
	const named = "Cf-Access-Jwt-Assertion"
	for header, scheme := range map[string]string{"Authorization": "Bearer ", named: ""} {
		t.Run(header, func(t *testing.T) {
			token := ""
			s := serve(t, func(s *service) http.Handler {
				fail := func(*oidcauth.Identity) error { return errors.New("no right in " + strings.Split(token, ".")[1]) }
				return mcpauth.Handler(s.auth, s.server(), mcpauth.Rules{"whoami": fail}, nil)
			}, func(c *oidcauth.Config) {
				if scheme == "" {
					c.Credentials.Header = header
				}
			})
			token = s.of("alice")
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"whoami"}}`))
			require.NoError(t, err)
			r.Header.Set(header, scheme+token)
			res, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			defer res.Body.Close()
			require.Equal(t, http.StatusInternalServerError, res.StatusCode)
			last := s.decisions[len(s.decisions)-1]
			require.Contains(t, fmt.Sprint(last), "no right in")
			require.NotContains(t, fmt.Sprint(last), strings.Split(token, ".")[1])
		})
	}
}

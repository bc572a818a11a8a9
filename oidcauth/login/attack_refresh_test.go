package login_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Tokens live for seconds. The provider replaces the refresh token, or does not.
func TestTokensOfSeconds(t *testing.T) {
	for _, rotates := range []bool{true, false} {
		var refreshes atomic.Int32
		w := newWorld(t, setup{provider: func(c *provider.Config) {
			c.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				var form []byte
				if r.Body != nil {
					var err error
					if form, err = io.ReadAll(r.Body); err != nil {
						return nil, err
					}
					r.Body = io.NopCloser(bytes.NewReader(form))
				}
				if rotates || !bytes.Contains(form, []byte("grant_type=refresh_token")) {
					return http.DefaultTransport.RoundTrip(r)
				}
				answer := fmt.Sprintf(`{"access_token":"token-%d","token_type":"Bearer","expires_in":20}`, refreshes.Add(1))
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
			})}
		}})
		w.op.FailLogin(oidctest.LoginFault{Token: oidctest.Claims{"expires_in": 20}})
		b := w.browser()
		b.open(w.app.URL + "/")
		seen := map[string]bool{}
		for range 4 {
			w.op.Advance(17 * time.Second)
			v := b.send(http.MethodGet, w.app.URL+"/token", nil, fetching())
			require.Equal(t, http.StatusOK, v.status, v.body)
			require.False(t, seen[v.body], "the token was refreshed before")
			seen[v.body] = true
		}
	}
}

package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/clientfault"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// refusing returns a server whose answers have the status, the code, and a description that is made of the request.
func refusing(t *testing.T, status int, code string, describe func(*http.Request) any) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": code, "error_description": describe(r)})
	}))
	t.Cleanup(server.Close)
	return server
}

func descriptionOf(e clientfault.ErrorResponse) string {
	_, description := e.ErrorResponse()
	return description
}

// loginCalls returns the errors of the calls of a login, by name.
func loginCalls(t *testing.T, at *httptest.Server, auth provider.Auth) map[string]error {
	t.Helper()
	p, err := provider.New(provider.Config{
		ClientID: "api", Auth: auth, HTTPClient: at.Client(),
		TokenURL: at.URL + "/token", AuthorizationURL: at.URL + "/authorize", PushedAuthorizationRequestURL: at.URL + "/par",
	})
	require.NoError(t, err)
	out := map[string]error{}
	_, out["code"] = p.AuthorizationCode(t.Context(), code, codeRequest)
	_, out["refresh token"] = p.Refresh(t.Context(), &oauth2.Token{RefreshToken: "refresh/" + longSecret}, provider.TokenRequest{}).Token()
	_, out["pushed request"] = p.AuthorizationURL(t.Context(), url.Values{"state": {"state/" + longSecret}, "nonce": {"nonce/" + longSecret}, "login_hint": {"alice@corp.example"}})
	return out
}

// The operator reads the description of the provider. It is no part of the text of the error, which the application may show.
func TestErrorsCarryTheDescription(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
	}{{400, "invalid_grant"}, {400, "invalid_request"}, {400, "invalid_client"}, {401, "invalid_client"}, {403, "access_denied"}, {503, "temporarily_unavailable"}} {
		at := refusing(t, c.status, c.code, func(*http.Request) any { return "the redirect_uri differs" })
		for call, err := range loginCalls(t, at, provider.Auth{Secret: longSecret}) {
			var response clientfault.ErrorResponse
			require.ErrorAs(t, err, &response, "%s %v", call, c)
			require.Equal(t, "the redirect_uri differs", descriptionOf(response))
			require.NotContains(t, fmt.Sprintf("%v %+v %#v %q", err, err, err, err), "redirect_uri")
		}
	}
}

func TestDescriptionsAreBounded(t *testing.T) {
	for name, description := range map[string]any{"long": strings.Repeat("word ", 200), "a number": 1, "an object": map[string]any{"a": "b"}, "empty": ""} {
		at := refusing(t, http.StatusBadRequest, "invalid_request", func(*http.Request) any { return description })
		for call, err := range loginCalls(t, at, provider.Auth{Secret: longSecret}) {
			require.Error(t, err)
			var response clientfault.ErrorResponse
			require.ErrorAs(t, err, &response, call)
			if name == "long" {
				require.Less(t, len(descriptionOf(response)), 300)
				continue
			}
			require.Empty(t, descriptionOf(response))
		}
	}
}

// A provider can repeat in a description each value that it was sent.
func TestDescriptionsContainNoSecret(t *testing.T) {
	secret := func(name string) func(*http.Request) string {
		return func(r *http.Request) string { return r.PostForm.Get(name) }
	}
	sent := map[string]func(*http.Request) string{
		"Authorization": func(r *http.Request) string {
			_, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			return value
		},
		"password": func(r *http.Request) string { _, password, _ := r.BasicAuth(); return password },
		"escaped password": func(r *http.Request) string {
			_, password, _ := r.BasicAuth()
			password, _ = url.QueryUnescape(password)
			return password
		},
	}
	for _, name := range []string{"code", "code_verifier", "refresh_token", "state", "nonce", "login_hint", "client_secret", "client_assertion"} {
		sent[name] = secret(name)
	}
	for name, read := range sent {
		t.Run(name, func(t *testing.T) {
			found := false
			for _, auth := range []provider.Auth{{Secret: "s%crët/" + longSecret}, {Secret: longSecret, Method: provider.ClientSecretPost}, {Key: ecKey}} {
				var values []string
				at := refusing(t, http.StatusBadRequest, "invalid_request", func(r *http.Request) any {
					values = append(values, read(r))
					return "it is (" + read(r) + ")"
				})
				for call, err := range loginCalls(t, at, auth) {
					var response clientfault.ErrorResponse
					require.ErrorAs(t, err, &response, call)
					for _, value := range values {
						found = found || value != ""
						if value != "" {
							require.NotContains(t, descriptionOf(response), value)
						}
					}
				}
			}
			require.True(t, found, "it was never sent")
		})
	}
}

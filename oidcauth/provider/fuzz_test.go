package provider_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// said is the answer of an endpoint to every request.
type said struct {
	status          int
	challenge, kind string
	body            []byte
}

func (s said) RoundTrip(r *http.Request) (*http.Response, error) {
	h := http.Header{"Www-Authenticate": {s.challenge}, "Content-Type": {s.kind}}
	return &http.Response{StatusCode: s.status, Header: h, Request: r, Body: io.NopCloser(bytes.NewReader(s.body))}, nil
}

var word = regexp.MustCompile(`^[a-z_]{0,40}$`)

// FuzzUserInfo checks that an accepted answer has one meaning for every reader, and that a refusal yields one word at most.
func FuzzUserInfo(f *testing.F) {
	for _, status := range []int{200, 400, 401, 403, 500} {
		for _, challenge := range []string{
			"", `Bearer realm="x", error="invalid_token", error_description="error=evil"`, "Bearer error=insufficient_scope", `Bearer error="a`,
			`Basic, Bearer error="b"x`,
			`Bearer error_uri="x",error="c"`, "Bearer error=\"see \x1b[2J\"", `DPoP error=d`,
		} {
			f.Add(status, challenge, "application/json", []byte(`{"sub":"s","error":"insufficient_rights"}`))
		}
		f.Add(status, "", "text/html; charset=utf-8", []byte("<html>"))
		f.Add(status, "", "application/jwt", []byte("eyJhbGciOiJub25lIn0.e30."))
		f.Add(status, "", "application/json", []byte(`{"sub":"a","sub":"b","error":"A"}`))
	}
	f.Fuzz(func(t *testing.T, status int, challenge, kind string, body []byte) {
		if status < 200 || status > 599 || status/100 == 3 {
			return
		}
		client := &http.Client{Transport: said{status, challenge, kind, body}}
		p, err := provider.New(provider.Config{UserInfoURL: "https://i.example/u", HTTPClient: client})
		require.NoError(t, err)
		set, err := p.UserInfo(t.Context(), "token")
		if err == nil {
			require.Equal(t, http.StatusOK, status)
			var lenient map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(body, &lenient))
			require.Len(t, set.Names(), len(lenient))
			return
		}
		require.Empty(t, set.Names())
		require.Less(t, len(err.Error()), 1000)
		var refused *claims.RefusedError
		if errors.As(err, &refused) {
			require.Contains(t, []int{400, 401, 403, 413, 431}, status)
			require.Equal(t, status, refused.Status)
			require.Regexp(t, word, refused.Code)
		}
	})
}

// FuzzIntrospect checks that only active true accepts a token, and that a refusal of the client says nothing about the token.
func FuzzIntrospect(f *testing.F) {
	for _, status := range []int{200, 400, 401, 403, 500} {
		for _, body := range []string{
			`{"active":true,"sub":"s"}`, `{"active":false}`, `{"active":"true"}`, `{"active":1}`, `{"active":true,"active":false}`,
			`{"Active":true}`, `{}`, `[]`, `null`, `{"error":"invalid_client"}`, "<html>",
		} {
			f.Add(status, "application/json", []byte(body))
		}
		f.Add(status, "application/token-introspection+jwt", []byte("eyJhbGciOiJub25lIn0.e30."))
	}
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		if status < 200 || status > 599 || status/100 == 3 {
			return
		}
		p, err := provider.New(provider.Config{
			IntrospectionURL: "https://i.example/i", ClientID: "api", Auth: provider.Auth{Secret: "a secret of 32 bytes or a bit more"},
			HTTPClient: &http.Client{Transport: said{status, "", kind, body}},
		})
		require.NoError(t, err)
		set, err := p.Introspect(t.Context(), "token")
		if err == nil {
			require.Equal(t, http.StatusOK, status)
			var answer struct {
				Active bool `json:"active"`
			}
			require.NoError(t, json.Unmarshal(body, &answer))
			require.True(t, answer.Active)
			return
		}
		require.Empty(t, set.Names())
		require.Less(t, len(err.Error()), 1000)
		var refused *provider.ClientRefusedError
		if errors.As(err, &refused) {
			require.NotErrorIs(t, err, claims.ErrInactive)
			require.NotEqual(t, http.StatusOK, status)
		}
		var unread *provider.TokenRefusedError
		if errors.As(err, &unread) {
			require.Contains(t, []int{400, 413, 431}, status)
			require.ErrorIs(t, err, claims.ErrInactive)
		} else if errors.Is(err, claims.ErrInactive) {
			require.Equal(t, http.StatusOK, status)
		}
	})
}

// FuzzAuthorizationCode checks that an error says one word of the answer at most, and that only a refused code or client is told as one.
func FuzzAuthorizationCode(f *testing.F) {
	for _, status := range []int{200, 201, 400, 401, 403, 429, 500} {
		for _, body := range []string{
			signedIn, `{"error":"invalid_grant","error_codes":[54005,{}]}`, `{"error":"invalid_client"}`, `{"error":"` + codeVerifier + `"}`,
			`{"access_token":"a","access_token":"b","token_type":"Bearer"}`, `{}`, `[]`, `null`, `<html>`, `{"access_token":"a\nb","token_type":"Bearer"}`,
		} {
			f.Add(status, "", []byte(body))
		}
		f.Add(status, `Bearer error="invalid_grant"`, []byte{})
	}
	f.Fuzz(func(t *testing.T, status int, challenge string, body []byte) {
		if status < 200 || status > 599 || status/100 == 3 {
			return
		}
		client := &http.Client{Transport: said{status, challenge, "application/json", body}}
		p, err := provider.New(provider.Config{TokenURL: "https://i.example/t", HTTPClient: client, ClientID: "api"})
		require.NoError(t, err)
		token, err := p.AuthorizationCode(t.Context(), code, codeRequest)
		if err == nil {
			require.Equal(t, http.StatusOK, status)
			var lenient map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(body, &lenient))
			require.NotEmpty(t, token.AccessToken)
			require.NotContains(t, token.AccessToken, "\n")
			return
		}
		require.Nil(t, token)
		require.Less(t, len(err.Error()), 1000)
		var grant *provider.GrantError
		if errors.As(err, &grant) {
			require.Contains(t, []int{400, 401, 403}, status)
			require.Regexp(t, word, grant.Code)
		}
	})
}

package pasted_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/pasted"
)

// The tokens look like those of a provider, and no key signed them.
const (
	access  = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUuY29tIiwic3ViIjoiYWxpY2UifQ.c2lnbmF0dXJlLW9mLXRoZS1hY2Nlc3MtdG9rZW4"
	id      = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUuY29tIiwibm9uY2UiOiJuIn0.c2lnbmF0dXJlLW9mLXRoZS1pZC10b2tlbg"
	refresh = "0.AVYAs-refresh-token-that-is-opaque"
)

func TestWhatPeoplePaste(t *testing.T) {
	authorization := http.Header{"Authorization": {"Bearer " + access}}
	for name, c := range map[string]struct {
		text   string
		kind   pasted.Kind
		header http.Header // of the request; nil if the text is none
		tokens []string    // their names
	}{
		"token":                    {access, pasted.SingleToken, nil, []string{"token"}},
		"token with white space":   {"\r\n  " + access + "\r\n\r\n", pasted.SingleToken, nil, []string{"token"}},
		"token in quotes":          {`"` + access + `"`, pasted.SingleToken, nil, []string{"token"}},
		"token in other quotes":    {"'" + access + "'", pasted.SingleToken, nil, []string{"token"}},
		"token on several lines":   {access[:80] + "\n" + access[80:], pasted.SingleToken, nil, []string{"token"}},
		"token of a shell":         {`export TOKEN="` + access + `"`, pasted.SingleToken, nil, []string{"token"}},
		"token of a settings file": {"TOKEN=" + access, pasted.SingleToken, nil, []string{"token"}},
		"token of YAML":            {"access_token: " + access, pasted.SingleToken, nil, []string{"token"}},
		"opaque token":             {refresh, pasted.SingleToken, nil, []string{"token"}},
		"two tokens":               {access + "\n" + id, pasted.Tokens, nil, []string{"token", "token 2"}},
		"two opaque tokens":        {"4f7c2e11a0\n9b1d3c55e2", pasted.Tokens, nil, []string{"token", "token 2"}},
		"log":                      {"12:01:07 level=info auth=Bearer " + access + " status=401", pasted.Text, nil, []string{"token"}},
		"nothing that is known":    {"please explain my token", pasted.SingleToken, nil, []string{"token"}},

		"scheme and token":        {"Bearer " + access, pasted.Headers, authorization, []string{"Authorization"}},
		"scheme twice":            {"Bearer Bearer x", pasted.Headers, http.Header{"Authorization": {"Bearer Bearer x"}}, []string{"Authorization"}},
		"another scheme":          {"DPoP " + access, pasted.Headers, http.Header{"Authorization": {"DPoP " + access}}, []string{"Authorization"}},
		"header":                  {"authorization: Bearer " + access, pasted.Headers, authorization, []string{"Authorization"}},
		"header without a scheme": {"Authorization: " + access, pasted.Headers, http.Header{"Authorization": {access}}, []string{"Authorization"}},
		"header without a blank":  {"Authorization:Bearer " + access, pasted.Headers, authorization, []string{"Authorization"}},
		"header in quotes":        {`"Authorization: Bearer ` + access + `"`, pasted.Headers, authorization, []string{"Authorization"}},
		"header on several lines": {"Authorization: Bearer " + access[:70] + "\n" + access[70:], pasted.Headers, authorization, []string{"Authorization"}},
		"two headers": {
			"Authorization: Bearer " + access + "\nAuthorization: Basic eDp5", pasted.Headers,
			http.Header{"Authorization": {"Bearer " + access, "Basic eDp5"}},
			[]string{"Authorization", "Authorization 2"},
		},
		"header of a proxy": {"X-Goog-Iap-Jwt-Assertion: " + access, pasted.Headers, http.Header{"X-Goog-Iap-Jwt-Assertion": {access}}, []string{"X-Goog-Iap-Jwt-Assertion"}},
		"cookie": {
			"Cookie: theme=dark; session=" + access, pasted.Headers,
			http.Header{"Cookie": {"theme=dark; session=" + access}},
			[]string{"cookie session"},
		},
		"developer tools, value below name": {"Authorization:\nBearer " + access + "\nAccept:\n*/*", pasted.Headers, http.Header{"Authorization": {"Bearer " + access}, "Accept": {"*/*"}}, []string{"Authorization"}},
		"developer tools, no colons":        {":authority\nx.example\n:method\nGET\nauthorization\nBearer " + access, pasted.Headers, authorization, []string{"Authorization"}},

		"request":           {"GET /orders?page=2 HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: Bearer " + access + "\r\n\r\n", pasted.Request, authorization, []string{"Authorization"}},
		"request of HTTP/2": {"GET /orders HTTP/2\nhost: api.example.com\nauthorization: Bearer " + access, pasted.Request, authorization, []string{"Authorization"}},
		"token in the query": {
			"GET /orders?access_token=" + access + " HTTP/1.1\nHost: api.example.com\n", pasted.Request,
			http.Header{},
			[]string{"query access_token"},
		},
		"token in the body": {
			"POST /orders HTTP/1.1\nHost: api.example.com\nContent-Type: application/x-www-form-urlencoded\n\naccess_token=" + access, pasted.Request,
			http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
			[]string{"body access_token"},
		},
		"header and cookie": {
			"GET / HTTP/1.1\nCookie: id_token=" + id + "\nAuthorization: Bearer " + access, pasted.Request,
			http.Header{"Authorization": {"Bearer " + access}, "Cookie": {"id_token=" + id}},
			[]string{"Authorization", "cookie id_token"},
		},
		"URL with a query": {"https://api.example.com/orders?access_token=" + access, pasted.URL, http.Header{}, []string{"query access_token"}},

		"token response": {
			`{"token_type":"Bearer","refresh_token":"` + refresh + `","id_token":"` + id + `","expires_in":300,"access_token":"` + access + `"}`,
			pasted.TokenResponse, nil,
			[]string{"access_token", "id_token", "refresh_token"},
		},
		"token response within another":   {`{"data":{"accessToken":"` + access + `"}}`, pasted.TokenResponse, nil, []string{"access_token"}},
		"storage of a browser":            {`{"credentialType":"AccessToken","secret":"` + access + `"}`, pasted.TokenResponse, nil, []string{"secret"}},
		"fragment of a redirect":          {"https://app.example.com/callback#access_token=" + access + "&token_type=Bearer", pasted.TokenResponse, nil, []string{"fragment access_token"}},
		"token response with its header":  {"HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"access_token\":\"" + access + "\"}", pasted.TokenResponse, nil, []string{"access_token"}},
		"token response after an interim": {"HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nA: b\n\n{\"access_token\":\"" + access + "\"}", pasted.TokenResponse, nil, []string{"access_token"}},
		"cookie of a response":            {"Set-Cookie: session=" + access + "; Path=/; HttpOnly", pasted.Response, nil, []string{"cookie session"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := pasted.Read(c.text)
			require.NoError(t, err)
			require.Equal(t, c.kind, f.Kind)
			require.Equal(t, c.header, f.Header)
			require.Equal(t, c.tokens, names(f))
		})
	}
}

func names(f *pasted.Found) []string {
	var out []string
	for _, t := range f.Tokens {
		out = append(out, t.Name)
	}
	return out
}

func TestTokensAreWhole(t *testing.T) {
	for _, text := range []string{
		access, "Bearer " + access, "authorization: bearer " + access, `{"access_token":"` + access + `"}`, access[:100] + "\n" + access[100:],
		"Cookie: session=" + access, "GET /?access_token=" + access + " HTTP/1.1", "$ curl -H 'Authorization: Bearer " + access + "' https://api.example.com",
		"see " + access + " please",
	} {
		f, err := pasted.Read(text)
		require.NoError(t, err)
		require.Equal(t, access, f.Tokens[0].Value, f)
	}
}

func TestRequestIsWhatTheServiceWouldGet(t *testing.T) {
	f, err := pasted.Read("POST https://api.example.com/orders?id=7 HTTP/1.1\nAccept: */*\nAuthorization: Bearer " + access + "\n\n{}")
	require.NoError(t, err)
	r := f.HTTPRequest(t.Context())
	require.Equal(t, []string{"POST", "api.example.com", "/orders", "id=7"}, []string{r.Method, r.Host, r.URL.Path, r.URL.RawQuery})
	require.Equal(t, "Bearer "+access, r.Header.Get("Authorization"))
	require.NotEmpty(t, f.Ignored)
	f, err = pasted.Read(access)
	require.NoError(t, err)
	require.Nil(t, f.HTTPRequest(t.Context()))
}

func TestTextsWithoutAToken(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                   {" \n\t", pasted.ErrEmpty},
		"empty quotes":              {`""`, pasted.ErrEmpty},
		"too long":                  {strings.Repeat("a", pasted.MaxText+1), pasted.ErrTooLong},
		"refusal of the provider":   {`{"error":"invalid_client","error_description":"unknown"}`, pasted.ErrRefused},
		"refusal of another kind":   {`{"error":"` + refresh + `"}`, pasted.ErrRefused},
		"refusal with its header":   {"HTTP/1.1 401 Unauthorized\n\n{\"error\":\"invalid_client\"}", pasted.ErrRefused},
		"document without a token":  {`{"keys":[{"kty":"RSA"}]}`, pasted.ErrNoToken},
		"response without a token":  {"HTTP/1.1 204 No Content\nServer: x", pasted.ErrNoToken},
		"cookie of another purpose": {"Set-Cookie: theme=dark", pasted.ErrNoToken},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := pasted.Read(c.text)
			require.ErrorIs(t, err, c.want)
			require.NotContains(t, err.Error(), refresh)
			require.Nil(t, f)
		})
	}
}

func TestPrintedFormsHaveNoToken(t *testing.T) {
	f, err := pasted.Read("GET / HTTP/1.1\nAuthorization: Bearer " + access + "\nCookie: " + id + "=" + id + "; token=" + refresh)
	require.NoError(t, err)
	require.Len(t, f.Tokens, 3)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("read", "found", f, "value", *f, "token", f.Tokens[0])
	text := fmt.Sprintf("%v %+v %#v %s %d %q %v", f, *f, f, f.Tokens, f.Tokens[0], f.Tokens[1], f.Ignored) + log.String()
	require.Contains(t, text, "Authorization")
	for _, secret := range []string{access, id, refresh} {
		require.NotContains(t, text, secret)
	}
}

func TestTokensAreBounded(t *testing.T) {
	var lines []string
	for i := range 3 * pasted.MaxTokens {
		lines = append(lines, fmt.Sprintf("Authorization: Bearer x%d", i))
	}
	f, err := pasted.Read(strings.Join(lines, "\n"))
	require.NoError(t, err)
	require.Len(t, f.Tokens, pasted.MaxTokens)
	require.Len(t, f.Header["Authorization"], 3*pasted.MaxTokens)
}

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/pasted"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestPastedTextIsUnderstood(t *testing.T) {
	p := oidctest.New(t)
	good, other := p.Token(audience, nil), p.Token("api://invoices", nil)
	id := p.Forge(oidctest.Forgery{Header: map[string]any{"typ": "JWT"}, Claims: oidctest.Claims{"aud": "shop", "nonce": "n"}})
	sent := "> POST /orders HTTP/1.1\n> Host: api.example.com\n> Authorization: Bearer " + other + "\n>\n< HTTP/1.1 401 Unauthorized\n<\n{}\n"
	response := `{"access_token":"` + good + `","id_token":"` + id + `","refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","expires_in":300}`
	for name, c := range map[string]struct {
		text   string
		args   []string
		kind   pasted.Kind
		reason reason.Reason
		other  []string
	}{
		"token":                {good, nil, pasted.SingleToken, "", nil},
		"header":               {"authorization: bearer " + good, nil, pasted.Headers, "", nil},
		"output of curl":       {sent, nil, pasted.CurlOutput, reason.WrongAudience, nil},
		"request":              {"GET /orders HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: Bearer " + good + "\r\n\r\n", nil, pasted.Request, "", nil},
		"two headers":          {"GET /orders HTTP/1.1\nAuthorization: Bearer " + good + "\nAuthorization: Bearer " + other, nil, pasted.Request, reason.MalformedRequest, []string{"Authorization 2"}},
		"token in a cookie":    {"GET /orders HTTP/1.1\nCookie: session=" + good, nil, pasted.Request, reason.NoCredentials, []string{"cookie session"}},
		"token of the cookie":  {"GET /orders HTTP/1.1\nCookie: session=" + good, []string{"-pick", "cookie session"}, pasted.Request, "", nil},
		"token in the query":   {"https://api.example.com/orders?access_token=" + good, nil, pasted.URL, reason.NoCredentials, []string{"query access_token"}},
		"variable":             {`curl -H "Authorization: Bearer $TOKEN" https://api.example.com`, nil, pasted.CurlCommand, reason.MalformedRequest, nil},
		"copied command":       {"curl 'https://api.example.com/orders' \\\n  -H 'authorization: Bearer " + good + "' \\\n  --compressed", nil, pasted.CurlCommand, "", nil},
		"token response":       {response, nil, pasted.TokenResponse, "", []string{"id_token", "refresh_token"}},
		"its ID token":         {response, []string{"-pick", "id_token"}, pasted.TokenResponse, reason.IDTokenAsAccessToken, []string{"access_token", "refresh_token"}},
		"response in a header": {"Authorization: Bearer " + response, nil, pasted.Headers, reason.MalformedRequest, nil},
		"list of headers":      {`[{"name":"Authorization","value":"Bearer ` + good + `"}]`, nil, pasted.HAR, "", nil},
		"header of a proxy":    {"X-Goog-Iap-Jwt-Assertion: " + good, []string{"-credentials-header", "X-Goog-Iap-Jwt-Assertion"}, pasted.Headers, "", nil},
		"subprotocol":          {"Sec-WebSocket-Protocol: bearer, " + good, []string{"-websocket-protocol", "bearer"}, pasted.Headers, "", nil},
		"several tokens":       {other + "\n" + good, nil, pasted.Tokens, reason.WrongAudience, []string{"token 2"}},
		"log":                  {"auth=Bearer " + good + " status=401", nil, pasted.Text, "", nil},
		"prose":                {"this is no token", nil, pasted.SingleToken, reason.MalformedRequest, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := explainJSON(t, c.text, flagsFor(p, c.args...)...)
			require.Equal(t, c.reason, d.Reason)
			require.Equal(t, string(c.kind), d.Input.Kind)
			require.Equal(t, c.other, d.Input.Other)
			printed := runWith(t, c.text, flagsFor(p, append(c.args, "-v")...)...)
			first, _, _ := strings.Cut(printed.out, "\n")
			require.Equal(t, c.reason == "", strings.HasPrefix(first, "ACCEPTED"), first)
			for _, secret := range []string{good, other, id, "tGzv3JOkF0XG5Qx2TlKWIA"} {
				require.NotContains(t, printed.out, secret)
				require.NotContains(t, printed.out, secret[:len(secret)/2])
			}
		})
	}
}

func TestCauseOfAPastedRequest(t *testing.T) {
	p := oidctest.New(t)
	good := p.Token(audience, nil)
	for name, c := range map[string]struct{ text, hint string }{
		"cookie":        {"Cookie: session=" + good, "token_in_cookie"},
		"query":         {"https://api.example.com/orders?access_token=" + good, "token_in_query"},
		"query of curl": {"curl -G -d access_token=" + good + " https://api.example.com/orders", "token_in_query"},
		"other header":  {"GET / HTTP/1.1\nX-Token: " + good, "token_in_other_header"},
		"JSON":          {`Authorization: Bearer {"access_token":"` + good + `"}`, "json_sent"},
		"two headers":   {"Authorization: Bearer " + good + "\nAuthorization: Bearer " + good, "header_several"},
		"variable":      {`curl -H "Authorization: Bearer $TOKEN" https://api.example.com`, "placeholder_sent"},
		"no scheme":     {"Authorization: " + good, "header_without_scheme"},
		"Basic":         {"curl -u alice:secret https://api.example.com", "header_other_scheme"},
		"preflight":     {"OPTIONS /orders HTTP/1.1\nOrigin: https://app.example.com\nAccess-Control-Request-Method: GET", "cors_preflight"},
	} {
		t.Run(name, func(t *testing.T) {
			d := explainJSON(t, c.text, flagsFor(p)...)
			require.NotEmpty(t, d.Hints)
			require.Equal(t, c.hint, d.Hints[0].Code)
		})
	}
}

func TestTextWithoutATokenIsWrongUsage(t *testing.T) {
	p := oidctest.New(t)
	for name, c := range map[string]struct {
		text string
		args []string
	}{
		"refusal of the provider": {`{"error":"invalid_client"}`, nil},
		"document":                {`{"keys":[]}`, nil},
		"too long":                {strings.Repeat("a", pasted.MaxText+1), nil},
		"no such token":           {"Bearer x", []string{"-pick", "id_token"}},
		"no such file":            {"", []string{"-file", "/nowhere"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := runWith(t, c.text, flagsFor(p, c.args...)...)
			require.Equal(t, usage, got.status)
			require.NotEmpty(t, got.err)
			require.Empty(t, got.out)
		})
	}
}

package discovery_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
)

type body []byte

func (b body) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: io.NopCloser(bytes.NewReader(b))}, nil
}

// FuzzFetch checks that every reader finds the right issuer in an accepted document, and https URLs only.
func FuzzFetch(f *testing.F) {
	const issuer = "https://i.example"
	for _, doc := range []string{
		`{"issuer":"https://i.example","jwks_uri":"https://i.example/k","userinfo_endpoint":"https://i.example/u"}`,
		`{"issuer":"https://fs.example/adfs","access_token_issuer":"https://i.example","jwks_uri":"https://fs.example/k"}`,
		`{"issuer":"https://i.example","issuer":"https://e.example"}`, `{"issuer":"https://i.example","jwks_uri":"http://127.0.0.1/k"}`,
		`{"\u0069ssuer":"https:\/\/i.example","jwks_uri":"https://i.example@e.example/k"}`, `{"issuer":"https://i.example","jwks_uri":"https:\\\\i.example"}`,
		`{"issuer":"https://i.example","end_session_endpoint":"javascript:alert(1)","token_endpoint":1}`, `{}`, `[]`, ``,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		m, err := discovery.Fetch(t.Context(), fetch.NewClient(&http.Client{Transport: body(doc)}), discovery.URL(issuer), issuer)
		if err != nil {
			require.Empty(t, m)
			require.Less(t, len(err.Error()), 2000)
			return
		}
		var lenient map[string]any
		require.NoError(t, json.Unmarshal(doc, &lenient))
		require.Contains(t, []any{lenient["issuer"], lenient["access_token_issuer"]}, any(issuer))
		for name, u := range map[string]string{"jwks_uri": m.JWKSURI, "userinfo_endpoint": m.UserInfoEndpoint} {
			if u == "" {
				require.NotContains(t, lenient, name)
				continue
			}
			require.Equal(t, lenient[name], u)
			require.True(t, strings.HasPrefix(strings.ToLower(u), "https://"))
			parsed, err := url.Parse(u)
			require.NoError(t, err)
			require.Nil(t, parsed.User)
			require.NotEmpty(t, parsed.Hostname())
		}
	})
}

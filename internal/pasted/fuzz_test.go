package pasted_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/pasted"
)

// Every text is read without a panic, the result is bounded, and what is printed of it contains no long token.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		access, "Bearer " + access, curlOutput, "GET / HTTP/1.1\nCookie: a=" + access, `{"access_token":"` + access + `"}`, "HTTP/1.1 200 OK\n\n{}",
		"curl -H 'Authorization: Bearer x' \\\n https://a.example", `fetch("https://a.example", {"headers":{"authorization":"Bearer x"}})`,
		`{"log":{"entries":[{"request":{"url":"https://a.example","headers":[{"name":"a","value":"b"}]}}]}}`, ":method\nGET\nauthorization\nBearer x",
		"https://a.example/#access_token=" + refresh, "TOKEN='" + access + "'", access + "\n" + id, "a: b\n c\nd", `"\"x\""`, "curl ^\"x^\" ^\n", "Set-Cookie: a=" + access,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, err := pasted.Read(text)
		if err != nil {
			require.Nil(t, found)
			return
		}
		require.True(t, len(found.Tokens) > 0 || found.Header != nil)
		require.LessOrEqual(t, len(found.Tokens), pasted.MaxTokens)
		printed := fmt.Sprintf("%v %+v %q", found, found.Tokens, found.Ignored)
		seen := map[string]bool{}
		for _, token := range found.Tokens {
			require.NotEmpty(t, token.Value)
			require.False(t, seen[strings.ToLower(token.Name)], "names are unique")
			seen[strings.ToLower(token.Name)] = true
			if len(token.Value) > 200 {
				require.NotContains(t, printed, token.Value)
			}
		}
		if r := found.HTTPRequest(t.Context()); found.Header != nil {
			require.Equal(t, found.Header, r.Header)
		}
	})
}

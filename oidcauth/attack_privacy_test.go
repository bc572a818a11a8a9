package oidcauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// A directory over HTTP says in its errors what it was asked, in the spelling of URLs; a database quotes it.
func TestPersonalValueIsRedactedInEverySpelling(t *testing.T) {
	p := oidctest.New(t)
	const value = `alice "liddell"/o'neill@corp.example`
	token := p.Token(audience, oidctest.Claims{"iss": corpIssuer, "sub": value})
	for name, spell := range map[string]func(string) string{
		"query": url.QueryEscape, "path": url.PathEscape, "JSON": jsonText,
		"Go": func(s string) string { return fmt.Sprintf("%q", s) }, "SQL": func(s string) string { return strings.ReplaceAll(s, "'", "''") },
	} {
		t.Run(name, func(t *testing.T) {
			finder := usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
				return nil, errors.New("GET /Users?filter=" + spell(q.Value) + ": connection reset")
			})
			said := outputs(t, scene{users: finder}.config(p), token)
			require.Contains(t, said, "connection reset")
			require.NotContains(t, said, "liddell")
		})
	}
}

func jsonText(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

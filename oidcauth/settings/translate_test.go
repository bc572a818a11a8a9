package settings_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// named are the names of Go that a text of this library can contain: fields of the configuration.
var named = regexp.MustCompile(`\b(Issuer|Config|provider\.(Config|Auth|Trust)|login\.[A-Z][A-Za-z]+|certsource\.[A-Z][A-Za-z]+|entra\.GroupsConfig|usermap\.SQLConfig)(\.[A-Z][A-Za-z]+)+\b`)

// An administrator who writes no Go can change every setting that a hint or a reason names.
func TestNamesInTextsHaveMembers(t *testing.T) {
	schema, err := os.ReadFile("settings.schema.json")
	require.NoError(t, err)
	require.True(t, json.Valid(schema))
	var texts []string
	for _, r := range hints.Rules() {
		texts = append(texts, r.Cause, r.Fix)
	}
	for _, r := range reason.All() {
		texts = append(texts, r.Meaning())
	}
	count := 0
	require.Equal(t, "set trust.thumbprint, trust", settings.InMembers("set provider.HTTPClient(provider.Trust{Thumbprint: …}) as HTTPClient of Issuer and of provider.Config, provider.HTTPClient(provider.Trust{…})"))
	for _, text := range texts {
		for _, name := range named.FindAllString(text, -1) {
			if name == "login.Sessions.Store" { // the program sets it
				continue
			}
			member := settings.InMembers(name)
			require.NotEqual(t, name, member, text)
			for _, step := range strings.FieldsFunc(member, func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
				require.Contains(t, string(schema), `"`+step+`":`, text)
			}
			count++
		}
	}
	require.Greater(t, count, 100)
}

// The table of the page has the names of InMembers.
func TestNamesOfThePage(t *testing.T) {
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(page), "| a hint names | the member is |\n|---|---|\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n\n")
	quoted := regexp.MustCompile("`([^`]+)`")
	for _, row := range strings.Split(table, "\n") {
		cells := strings.Split(row, "|")
		fields, members := quoted.FindAllStringSubmatch(cells[1], -1), quoted.FindAllStringSubmatch(cells[2], -1)
		require.Len(t, members, len(fields), row)
		for i := range fields {
			require.Equal(t, members[i][1], settings.InMembers(fields[i][1]), row)
		}
	}
}

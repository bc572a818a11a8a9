package settings_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// The example of the page needs its secret, its data source and a driver, and nothing else.
func TestExampleYieldsAConfiguration(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("example.json")
	require.NoError(t, err)
	file := filepath.Join(dir, "settings.json")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "client-secret.txt"), []byte("a secret\n"), 0o600))
	doc, err := settings.Load(file)
	require.NoError(t, err)
	var opened []string
	o := options
	o.OpenDB = func(driver, dsn string) (*sql.DB, error) {
		opened = append(opened, driver, dsn)
		return sql.OpenDB(noConnector{}), nil
	}
	c, err := doc.Configuration(o)
	require.NoError(t, err)
	require.Equal(t, []string{"sqlite", "file::memory:"}, opened)
	c.Config.Logger = silent
	_, err = oidcauth.New(c.Config)
	require.NoError(t, err)
	var names []string
	for _, a := range c.Applications {
		names = append(names, a.Name)
	}
	require.Equal(t, []string{"orders", "reports", "partner"}, names)
	require.Equal(t, "orders", c.Application("of no document").Name)
	require.NoError(t, c.Close())
	one, err := doc.Configuration(settings.Options{Application: "reports", LookupEnv: environment, OpenDB: o.OpenDB})
	require.NoError(t, err)
	require.Len(t, one.Config.Issuers, 1)
	require.Equal(t, []string{"https://reports.example.com"}, one.Config.Issuers[0].Audience)
}

func TestDocumentsAndChecksOfThePage(t *testing.T) {
	data, err := os.ReadFile("README.md")
	require.NoError(t, err)
	page := string(data)
	_, first, ok := strings.Cut(page, "```json\n")
	require.True(t, ok)
	first, _, _ = strings.Cut(first, "```")
	_, err = settings.Parse([]byte(first))
	require.NoError(t, err)
	_, table, ok := strings.Cut(page, "| check | holds if |\n|---|---|\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n\n")
	checks := 0
	for _, row := range strings.Split(table, "\n") {
		column := strings.Split(row, "|")[1]
		for i, text := range strings.Split(column, "`") {
			if i%2 == 1 {
				checks++
				_, err := claims.ParseCheck(text)
				require.NoError(t, err, text)
			}
		}
	}
	require.Greater(t, checks, 12)
}

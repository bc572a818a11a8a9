package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// logOf returns the file with the log of a service that got these tokens.
func logOf(t *testing.T, p *oidctest.Provider, tokens ...string) string {
	t.Helper()
	var out bytes.Buffer
	config := p.Config(audience)
	config.Logger = slog.New(slog.NewJSONHandler(&out, nil))
	config.Log = oidcauth.Log{Accepted: 1, RecordKey: bytes.Repeat([]byte("k"), 32)}
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	for _, token := range tokens {
		_, _ = auth.CheckToken(t.Context(), oidcauth.Presented{Token: token}) // refused or not, it is logged
	}
	file := filepath.Join(t.TempDir(), "log.json")
	require.NoError(t, os.WriteFile(file, append([]byte("no JSON\n{\"msg\":\"of another program\"}\n"), out.Bytes()...), 0o600))
	return file
}

// Of yesterday's log, the command tells which decisions another configuration would change.
func TestReplayOfALog(t *testing.T) {
	p := oidctest.New(t)
	alice := oidctest.Claims{"sub": "alice"}
	log := logOf(t, p, p.Token(audience, alice), p.Token("api://invoices", alice), "opaque")
	same := runWith(t, "", "-issuer", p.Issuer(), "-audience", audience, "-replay", log)
	require.Equal(t, accepted, same.status, same.err)
	require.Contains(t, same.out, "3 records: 2 unchanged, 0 changed, 1 unknown\n")
	require.NotContains(t, same.out, "have changed")

	other := runWith(t, "", "-issuer", p.Issuer(), "-audience", "api://invoices", "-replay", log)
	require.Equal(t, refused, other.status, other.err)
	require.Contains(t, other.out, "3 records: 0 unchanged, 2 changed, 1 unknown\n")
	require.Contains(t, other.out, "accepted; now refused wrong_audience\n  The settings of the issuer have changed.\n")
	require.Contains(t, other.out, "refused wrong_audience; now accepted\n")

	text, err := os.ReadFile(log)
	require.NoError(t, err)
	piped := runWith(t, string(text), "-json", "-issuer", p.Issuer(), "-audience", audience, "-replay", "-")
	require.Equal(t, accepted, piped.status, piped.err)
	require.Equal(t, 3, strings.Count(piped.out, `"outcome"`)-strings.Count(piped.out, `"name"`))
}

func TestReplayNeedsRecords(t *testing.T) {
	p := oidctest.New(t)
	got := runWith(t, "{}", "-issuer", p.Issuer(), "-audience", audience, "-replay", "-")
	require.Equal(t, usage, got.status)
	require.NotEmpty(t, got.err)
}

package readme_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/logschema"
	"github.com/knownbearer/knownbearer/internal/test/needed"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// refusals returns the log of a service with three refusals of two causes and a failed call, and the decision id of the first.
func refusals(t *testing.T) (log []byte, id string) {
	t.Helper()
	var out bytes.Buffer
	p := oidctest.New(t)
	config := p.Config("api://orders")
	config.Logger = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	p.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway})
	send := func(audience string) string {
		r := httptest.NewRequest(http.MethodGet, "/orders", nil)
		r.Header.Set("Authorization", "Bearer "+p.Token(audience, oidctest.Claims{"sub": "alice", "client_id": "app"}))
		w := httptest.NewRecorder()
		auth.Handler(http.NotFoundHandler()).ServeHTTP(w, r)
		return w.Header().Get("Decision-Id")
	}
	send("api://orders") // the keys are unavailable
	p.Fail(oidctest.JWKS, oidctest.Fault{})
	id = send("api://invoices")
	send("api://invoices")
	return out.Bytes(), id
}

// query returns the values that jq prints. The page's own decision id is replaced.
func query(t *testing.T, command, id string, log []byte) (out []map[string]any) {
	t.Helper()
	m := regexp.MustCompile(`^jq (-s )?'(.*)' log\.json$`).FindStringSubmatch(command)
	require.NotNil(t, m, command)
	file := filepath.Join(t.TempDir(), "log.json")
	require.NoError(t, os.WriteFile(file, log, 0o600))
	args := []string{"-c", regexp.MustCompile(`"[A-Z2-7]{26}"`).ReplaceAllString(m[2], `"`+id+`"`), file}
	if m[1] != "" {
		args = append([]string{"-s"}, args...)
	}
	text, err := exec.Command("jq", args...).CombinedOutput() //nolint:gosec // the page's own queries
	require.NoError(t, err, "%s: %s", command, text)
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var list []map[string]any
		if strings.HasPrefix(line, "[") {
			require.NoError(t, json.Unmarshal([]byte(line), &list), line)
		} else {
			list = make([]map[string]any, 1)
			require.NoError(t, json.Unmarshal([]byte(line), &list[0]), line)
		}
		out = append(out, list...)
	}
	return out
}

// The queries of the page find what the page says, in a real log.
func TestQueriesOfThePage(t *testing.T) {
	needed.Program(t, "jq", "jq")
	var commands []string
	for _, line := range strings.Split(text(t, "oidcauth/README.md"), "\n") {
		if strings.HasPrefix(line, "jq ") {
			commands = append(commands, line)
		}
	}
	require.Len(t, commands, 4)
	log, id := refusals(t)

	causes := query(t, commands[0], id, log)
	require.Len(t, causes, 2)
	require.EqualValues(t, 2, causes[0]["count"])
	require.NotEmpty(t, causes[0]["cause"])
	require.NotEmpty(t, causes[0]["fix"])

	one := query(t, commands[1], id, log)
	require.Len(t, one, 1)
	require.Equal(t, "wrong_audience", one[0]["reason"])

	clients := query(t, commands[2], id, log)
	require.Len(t, clients, 1)
	require.Equal(t, "app", clients[0]["client"])
	require.Equal(t, []any{"keys_unavailable", "wrong_audience"}, clients[0]["reasons"])

	failed := query(t, commands[3], id, log)
	require.Len(t, failed, 1)
	require.Equal(t, "keys", failed[0]["endpoint"])
	require.EqualValues(t, http.StatusBadGateway, failed[0]["status"])
}

// Loki and Elasticsearch do not run here, so their queries are tested for the names of fields alone.
func TestQueriesNameFieldsOfTheLog(t *testing.T) {
	page := text(t, "oidcauth/README.md")
	_, section, ok := strings.Cut(page, "## The log")
	require.True(t, ok)
	section, _, ok = strings.Cut(section, "\n## ")
	require.True(t, ok)
	known := map[string]bool{"msg": true, "app": true, "count": true}
	for _, f := range logschema.Fields {
		known[f.Name] = true
	}
	found := 0
	for _, m := range regexp.MustCompile(`(?:\b(\w+) ?(?:==?|!=) ?"|(?:BY|by) \(?([\w, ]+?)(?:\)| \||$))`).FindAllStringSubmatch(section, -1) {
		for _, name := range strings.FieldsFunc(m[1]+m[2], func(r rune) bool { return r == ',' || r == ' ' }) {
			require.True(t, known[name], name)
			found++
		}
	}
	require.Greater(t, found, 10)
}

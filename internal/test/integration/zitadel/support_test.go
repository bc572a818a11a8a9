package zitadel_test

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/knownbearer/knownbearer/internal/test/integration/zitadel"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// verdict is what a client and the operator learn of one request.
type verdict struct {
	status int
	user   string        // the key of the user's row
	reason reason.Reason // from the operator's log; empty when the request was served
}

func served(user string) verdict { return verdict{status: http.StatusOK, user: user} }

func refused(status int, reason reason.Reason) verdict {
	return verdict{status: status, reason: reason}
}

// service is an HTTP service behind oidcauth.Handler.
type service struct {
	url  string
	log  *records
	auth *oidcauth.Authenticator
}

// newService accepts tokens for the API and finds users by sub in a SQLite table; change alters that.
func newService(t *testing.T, op *zitadel.Provider, change func(*oidcauth.Config), scopes ...string) service {
	t.Helper()
	log := &records{}
	config := oidcauth.Config{
		Issuers: []oidcauth.Issuer{{URL: op.Issuer(), Audience: []string{zitadel.API}}},
		Users:   users(t, "sub"),
		Logger:  slog.New(slog.NewJSONHandler(log, nil)),
	}
	if change != nil {
		change(&config)
	}
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		_, _ = io.WriteString(w, id.User().ID)
	})
	server := httptest.NewServer(auth.Handler(auth.RequireScopes(scopes...)(handler)))
	t.Cleanup(server.Close)
	return service{url: server.URL, log: log, auth: auth}
}

func users(t *testing.T, search string) *usermap.SQL {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/users.db")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, statement := range []string{
		`CREATE TABLE account (id text, sub text, login text, mail text, deleted integer)`,
		`INSERT INTO account VALUES ('row-1', '` + zitadel.Alice + `', 'alice', 'alice@example.test', 0)`,
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	finder, err := usermap.NewSQL(usermap.SQLConfig{
		DB: db, Dialect: usermap.SQLite, Table: "account", ValueColumn: search, IDColumn: "id", NameColumn: "login",
		Disabling: []usermap.Flag{{Column: "deleted"}},
	})
	require.NoError(t, err)
	return finder
}

// ask sends one request. The decision id of a refusal leads to its reason, as it would for an operator.
func (s service) ask(t *testing.T, token string) verdict {
	t.Helper()
	resp, body := get(t, s.url, "Bearer "+token)
	if resp.StatusCode == http.StatusOK {
		explained := s.auth.Explain(t.Context(), token)
		require.True(t, explained.Accepted, explained)
		require.Empty(t, explained.Hints)
		return served(body)
	}
	return refused(resp.StatusCode, s.log.reason(t, resp.Header.Get("Decision-Id")))
}

func get(t *testing.T, address, authorization string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", authorization)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

// records is the operator's log, one JSON object a line.
type records struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (r *records) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines.Write(line)
}

func (r *records) reason(t *testing.T, decision string) reason.Reason {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for line := range bytes.Lines(r.lines.Bytes()) {
		var record struct {
			Decision string        `json:"decision_id"`
			Reason   reason.Reason `json:"reason"`
		}
		require.NoError(t, json.Unmarshal(line, &record))
		if decision != "" && record.Decision == decision {
			return record.Reason
		}
	}
	require.Fail(t, "the refusal is not in the log", "decision %q in %s", decision, r.lines.String())
	return ""
}

// decode reads a JWT without verifying it.
func decode(t *testing.T, token string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	for i, into := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, into))
	}
	return header, claims
}

package oidcauth_test

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// foldingDB is a database whose collation ignores case: each query returns the one row, whose value is text.
type foldingDB string

func (d foldingDB) Connect(context.Context) (driver.Conn, error) { return d, nil }
func (foldingDB) Driver() driver.Driver                          { return nil }
func (foldingDB) Prepare(string) (driver.Stmt, error)            { return nil, errors.ErrUnsupported }

func (foldingDB) Begin() (driver.Tx, error) { return nil, errors.ErrUnsupported }
func (foldingDB) Close() error              { return nil }

func (d foldingDB) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return &oneRow{value: string(d)}, nil
}

type oneRow struct {
	value string
	read  bool
}

func (*oneRow) Columns() []string { return []string{"value", "id", "enabled"} }
func (*oneRow) Close() error      { return nil }

func (r *oneRow) Next(to []driver.Value) error {
	if r.read {
		return io.EOF
	}
	r.read, to[0], to[1], to[2] = true, r.value, "7", true
	return nil
}

// The database has returned the user, so that the log record of the refusal tells the case, without another query. A store that wraps the
// database tells it too.
func TestLogTellsAUserInAnotherCase(t *testing.T) {
	for stored, want := range map[string]struct {
		reason reason.Reason
		hint   bool
	}{
		"Alice@Corp":  {reason.UserNotFound, true},
		"alice@corp ": {reason.UserNotFound, false},
		"bob@corp":    {reason.UserNotFound, false},
		"alice@corp":  {"", false},
	} {
		t.Run(stored, func(t *testing.T) {
			db := sql.OpenDB(foldingDB(stored))
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			finder, err := usermap.NewStatement(db, "SELECT", func(q usermap.Query) []any { return []any{q.Value} })
			require.NoError(t, err)
			for name, users := range map[string]usermap.Finder{"itself": finder, "wrapped": usermap.FinderFunc(finder.FindUsers)} {
				var log bytes.Buffer
				s := newService(t, withLogger(slog.New(slog.NewTextHandler(&log, nil))), withConfig(func(c *oidcauth.Config) {
					c.Users, c.Issuers[0].Claims.User = users, claims.Name("email")
				}))
				require.Equal(t, want.reason, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "1", "email": "alice@corp"})), name)
				require.Equal(t, want.hint, bytes.Contains(log.Bytes(), []byte("user_case_differs")), "%s: %s", name, &log)
				require.NotContains(t, log.String(), "alice@corp")
			}
		})
	}
}

// A table in memory tells it as well, if the user is one of the token's issuer.
func TestLogTellsAUserOfATableInAnotherCase(t *testing.T) {
	for name, c := range map[string]struct {
		entry usermap.Entry
		hint  bool
	}{
		"another case":           {usermap.Entry{Value: "Alice.Liddell@Corp"}, true},
		"another letter":         {usermap.Entry{Value: "Alice.Lidell@Corp"}, false},
		"user of another issuer": {usermap.Entry{Value: "Alice.Liddell@Corp", Issuer: "https://other.example"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			c.entry.User = usermap.User{ID: "7", Enabled: true}
			s := newService(t, withLogger(slog.New(slog.NewTextHandler(&log, nil))), withConfig(func(config *oidcauth.Config) {
				config.Users, config.Issuers[0].Claims.User = usermap.NewTable(c.entry), claims.Name("email")
			}))
			token := s.Token(audience, oidctest.Claims{"sub": "1", "email": "alice.liddell@corp"})
			require.Equal(t, reason.UserNotFound, s.reason(t, token))
			require.Equal(t, c.hint, bytes.Contains(log.Bytes(), []byte("user_case_differs")), &log)
			require.Equal(t, c.hint, slices.Contains(s.auth.Explain(t.Context(), token).HintCodes(), "user_case_differs"))
		})
	}
}

package database_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
	"github.com/knownbearer/knownbearer/usermap"
)

// backend is a database as a test sees it.
type backend struct {
	*sql.DB
	dialect usermap.Dialect
	schema  string
}

// onEach runs a test on every kind of database, each time with an empty one.
func onEach(t *testing.T, test func(*testing.T, backend)) {
	t.Run("SQLite", func(t *testing.T) { test(t, openSQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, openPostgres(t)) })
	t.Run("MariaDB", func(t *testing.T) { test(t, openMariaDB(t, "")) })
	// The driver writes the values into the statement, and the types of what comes back differ.
	t.Run("MariaDB interpolated", func(t *testing.T) { test(t, openMariaDB(t, "&interpolateParams=true")) })
}

var (
	schemas atomic.Int64
	tables  atomic.Int64
)

func TestMain(m *testing.M) {
	if err := mysql.SetLogger(&mysql.NopLogger{}); err != nil { // lookups tell of its failures
		panic(err)
	}
	os.Exit(throwaway.Main(m, sharedPostgres, sharedMariaDB))
}

func openSQLite(t *testing.T) backend {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "users.sqlite"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return backend{db, usermap.SQLite, "main"}
}

// newTable returns a name never used before: pgx keeps the plan of a statement, which fails when its table has other columns.
func newTable() string { return fmt.Sprintf("accounts_%d", tables.Add(1)) }

// exec executes SQL that this database knows.
func (b backend) exec(t *testing.T, statements ...string) {
	t.Helper()
	for _, s := range statements {
		_, err := b.ExecContext(t.Context(), s)
		require.NoError(t, err, s)
	}
}

// marked writes ? and CAST(? AS TEXT) as this database wants them.
func (b backend) marked(text string) string {
	for n := 1; b.dialect == usermap.PostgreSQL && strings.Contains(text, "?"); n++ {
		text = strings.Replace(text, "?", fmt.Sprintf("$%d", n), 1)
	}
	if b.dialect == usermap.MySQL {
		text = strings.NewReplacer("? AS TEXT)", "? AS CHAR)", "DOUBLE PRECISION", "DOUBLE").Replace(text)
	}
	return text
}

// pick returns what is written for this database.
func (b backend) pick(sqlite, postgres, mariadb string) string {
	switch b.dialect {
	case usermap.SQLite:
		return sqlite
	case usermap.PostgreSQL:
		return postgres
	}
	return mariadb
}

// finder builds a finder over accounts(id, login), as changed.
func (b backend) finder(t *testing.T, change func(*usermap.SQLConfig)) *usermap.SQL {
	t.Helper()
	config := usermap.SQLConfig{DB: b, Dialect: b.dialect, Table: "accounts", ValueColumn: "login", IDColumn: "id"}
	if change != nil {
		change(&config)
	}
	f, err := usermap.NewSQL(config)
	require.NoError(t, err)
	return f
}

// statement builds a finder that binds the value only.
func (b backend) statement(t *testing.T, text string) *usermap.SQL {
	t.Helper()
	return b.statementOf(t, text, func(q usermap.Query) []any { return []any{q.Value} })
}

func (b backend) statementOf(t *testing.T, text string, args func(usermap.Query) []any) *usermap.SQL {
	t.Helper()
	f, err := usermap.NewStatement(b, b.marked(text), args)
	require.NoError(t, err)
	return f
}

// find returns what a lookup of the value finds, as one word for each user: the ID, with "-" when not enabled.
func find(t *testing.T, f usermap.Finder, q usermap.Query) []string {
	t.Helper()
	users, err := f.FindUsers(t.Context(), q)
	require.NoError(t, err)
	found := []string{}
	for _, u := range users {
		id := u.ID
		if !u.Enabled {
			id += "-"
		}
		found = append(found, id)
	}
	return found
}

func value(s string) usermap.Query { return usermap.Query{Value: s} }

func fails(t *testing.T, f usermap.Finder, q usermap.Query) error {
	t.Helper()
	return failsWithin(t.Context(), t, f, q)
}

func failsWithin(ctx context.Context, t *testing.T, f usermap.Finder, q usermap.Query) error {
	t.Helper()
	users, err := f.FindUsers(ctx, q)
	require.Error(t, err)
	require.Empty(t, users)
	return err
}

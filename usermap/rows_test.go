package usermap_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

// fixedDB is a database that answers every query with the same rows.
type fixedDB struct {
	columns []string
	rows    [][]driver.Value
}

func (s *fixedDB) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *fixedDB) Driver() driver.Driver                        { return nil }
func (*fixedDB) Prepare(string) (driver.Stmt, error)            { return nil, errors.ErrUnsupported }

func (*fixedDB) Begin() (driver.Tx, error) { return nil, errors.ErrUnsupported }
func (*fixedDB) Close() error              { return nil }

func (s *fixedDB) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return &cursor{fixedDB: s}, nil
}

type cursor struct {
	*fixedDB
	at int
}

func (c *cursor) Columns() []string { return c.columns }

func (c *cursor) Next(row []driver.Value) error {
	if c.at == len(c.rows) {
		return io.EOF
	}
	copy(row, c.rows[c.at])
	c.at++
	return nil
}

// found looks alice up in these rows, with a statement that returns these columns.
func found(t *testing.T, q usermap.Query, columns []string, rows ...[]driver.Value) ([]usermap.User, error) {
	t.Helper()
	db := sql.OpenDB(&fixedDB{columns, rows})
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	finder, err := usermap.NewStatement(db, "SELECT", func(q usermap.Query) []any { return []any{q.Value} })
	require.NoError(t, err)
	q.Value = "alice"
	return finder.FindUsers(t.Context(), q)
}

// NULL is unknown, so it does not equal the empty tenant of an issuer without tenants.
func TestRowOfNoIssuerOrTenantMatchesNobody(t *testing.T) {
	for _, column := range []string{"issuer", "tenant"} {
		columns := []string{"value", "id", "enabled", column}
		for name, c := range map[string]struct {
			has  driver.Value
			asks string
			want int
		}{
			"NULL and none asked for": {nil, "", 0},
			"NULL and one asked for":  {nil, "t1", 0},
			"empty and none":          {"", "", 1},
			"empty and one":           {"", "t1", 0},
			"another":                 {"t2", "t1", 0},
			"another case":            {"T1", "t1", 0},
			"a blank behind":          {"t1 ", "t1", 0},
			"one and none asked for":  {"t1", "", 0},
			"the same":                {"t1", "t1", 1},
		} {
			t.Run(column+": "+name, func(t *testing.T) {
				users, err := found(t, usermap.Query{Issuer: c.asks, Tenant: c.asks}, columns, []driver.Value{"alice", "1", true, c.has})
				require.NoError(t, err)
				require.Len(t, users, c.want)
			})
		}
	}
}

func TestRowOfNoValueMatchesNobody(t *testing.T) {
	users, err := found(t, usermap.Query{}, []string{"value", "id", "enabled"}, []driver.Value{nil, "1", true})
	require.NoError(t, err)
	require.Empty(t, users)
}

// Two persons with the same key give two rows of one account. The enabled person must not enable the account of the other.
func TestTwoPersonsWithOneKey(t *testing.T) {
	columns := []string{"value", "id", "enabled", "person_id"}
	row := func(id string, enabled bool) []driver.Value { return []driver.Value{"alice", id, enabled, "p"} }
	for name, c := range map[string]struct {
		rows [][]driver.Value
		want int // users; -1: the lookup fails
	}{
		"disabled, then enabled":            {[][]driver.Value{row("1", false), row("1", true)}, -1},
		"enabled, then disabled":            {[][]driver.Value{row("1", true), row("1", false)}, -1},
		"among others":                      {[][]driver.Value{row("2", false), row("1", true), row("3", false), row("1", false)}, -1},
		"both enabled":                      {[][]driver.Value{row("1", true), row("1", true)}, 2},
		"both disabled":                     {[][]driver.Value{row("1", false), row("1", false)}, 2},
		"two accounts, one of them no more": {[][]driver.Value{row("2", false), row("1", true)}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			users, err := found(t, usermap.Query{}, columns, c.rows...)
			if c.want < 0 {
				require.Error(t, err)
				require.Empty(t, users)
				return
			}
			require.NoError(t, err)
			require.Len(t, users, c.want)
		})
	}
}

// ofAccount looks alice up in a table of accounts, whose one row has these flags.
func ofAccount(t *testing.T, c usermap.SQLConfig, flags ...driver.Value) ([]usermap.User, error) {
	t.Helper()
	columns := []string{"login", "id", "first", "second"}[:2+len(flags)]
	db := sql.OpenDB(&fixedDB{columns, [][]driver.Value{append([]driver.Value{"alice", "1"}, flags...)}})
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	c.DB, c.Dialect, c.Table, c.ValueColumn, c.IDColumn = db, usermap.SQLite, "accounts", "login", "id"
	finder, err := usermap.NewSQL(c)
	require.NoError(t, err)
	return finder.FindUsers(t.Context(), usermap.Query{Value: "alice"})
}

// A flag that cannot be read fails the lookup, also where another one has disabled the user already: the fault would be found
// only on the day on which the user is enabled.
func TestEveryFlagIsRead(t *testing.T) {
	c := usermap.SQLConfig{Enabling: []usermap.Flag{{Column: "first"}, {Column: "second"}}}
	for name, first := range map[string]bool{"enabled by the first": true, "disabled by the first": false} {
		t.Run(name, func(t *testing.T) {
			users, err := ofAccount(t, c, first, "in words")
			require.Error(t, err)
			require.Empty(t, users)
			users, err = ofAccount(t, c, first, true)
			require.NoError(t, err)
			require.Len(t, users, 1)
			require.Equal(t, first, users[0].Enabled)
		})
	}
}

// From 2^53 on, a float64 may be a rounded number, whose bits say nothing.
func TestMaskOverARoundedNumberFails(t *testing.T) {
	c := usermap.SQLConfig{Enabling: []usermap.Flag{{Column: "first", Mask: 1}}}
	for _, n := range []float64{1, -1, 1<<53 - 1, 1 - 1<<53} {
		users, err := ofAccount(t, c, n)
		require.NoError(t, err, "%f", n)
		require.True(t, users[0].Enabled, "%f", n)
	}
	for _, n := range []float64{1 << 53, -1 << 53, 1 << 60, 1.5} {
		_, err := ofAccount(t, c, n)
		require.Error(t, err, "%f", n)
	}
}

package usermap_test

import (
	"crypto/rand"
	"database/sql"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

// minimal is the smallest configuration that NewSQL accepts.
func minimal() usermap.SQLConfig {
	return usermap.SQLConfig{DB: unasked{}, Dialect: usermap.PostgreSQL, Table: "accounts", ValueColumn: "login", IDColumn: "id"}
}

// fields returns the fields of all faults that err joins.
func fields(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "not joined: %v", err)
	var names []string
	for _, e := range joined.Unwrap() {
		var fault *usermap.ConfigError
		require.ErrorAs(t, e, &fault)
		assert.NotEmpty(t, fault.Problem)
		names = append(names, fault.Field)
	}
	return names
}

func TestConfigFaultsAreAllNamed(t *testing.T) {
	_, err := usermap.NewSQL(usermap.SQLConfig{Person: &usermap.Person{}})
	assert.Equal(t, []string{
		"DB", "Dialect", "Table", "ValueColumn", "IDColumn",
		"Person.Table", "Person.ForeignKeyColumn", "Person.IDColumn",
	}, fields(t, err))

	bad := []usermap.Flag{{Column: "good"}, {Mask: 1}}
	_, err = usermap.NewSQL(usermap.SQLConfig{
		DB: unasked{}, Dialect: 99, Table: "a.b.c.d", ValueColumn: "x y", IDColumn: "1st", NameColumn: `"`, IssuerColumn: "a.b", TenantColumn: "é",
		Enabling: bad, Disabling: bad,
		Person: &usermap.Person{Table: "p.", ForeignKeyColumn: ";", IDColumn: "`", NameColumn: "]", Enabling: bad, Disabling: bad},
	})
	assert.Equal(t, []string{
		"Dialect", "Table", "ValueColumn", "IDColumn", "NameColumn", "IssuerColumn", "TenantColumn", "Enabling[1].Column", "Disabling[1].Column",
		"Person.Table", "Person.ForeignKeyColumn", "Person.IDColumn", "Person.NameColumn", "Person.Enabling[1].Column", "Person.Disabling[1].Column",
	}, fields(t, err))
	assert.Contains(t, err.Error(), "Person.Enabling[1].Column")
}

func TestConfigNames(t *testing.T) {
	for _, c := range []struct {
		name, column string
		allowed      bool
	}{
		{"lower case", "login", true},
		{"upper case", "LOGIN", true},
		{"leading underscore", "_login", true},
		{"later digit, dollar, hash", "l0$#", true},
		{"longest", strings.Repeat("x", 128), true},
		{"too long", strings.Repeat("x", 129), false},
		{"empty", "", false},
		{"leading digit", "0login", false},
		{"leading dollar", "$login", false},
		{"qualified", "accounts.login", false},
		{"blank", "login ", false},
		{"quote", `lo"gin`, false},
		{"backtick", "lo`gin", false},
		{"bracket", "lo]gin", false},
		{"apostrophe", "lo'gin", false},
		{"comment", "login--", false},
		{"statement", "login; DROP TABLE accounts", false},
		{"NUL", "login\x00", false},
		{"letter beyond ASCII", "lögin", false},
		{"placeholder", "login?", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := minimal()
			config.ValueColumn = c.column
			_, err := usermap.NewSQL(config)
			if c.allowed {
				require.NoError(t, err)
				return
			}
			assert.Equal(t, []string{"ValueColumn"}, fields(t, err))
		})
	}
}

func TestConfigTableMayBeQualified(t *testing.T) {
	for _, c := range []struct {
		name, table string
		allowed     bool
	}{
		{"plain", "accounts", true},
		{"schema", "auth.accounts", true},
		{"database and schema", "main.auth.accounts", true},
		{"four parts", "a.b.c.d", false},
		{"empty part", "auth..accounts", false},
		{"alias", "accounts a", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := minimal()
			config.Table = c.table
			_, err := usermap.NewSQL(config)
			if c.allowed {
				require.NoError(t, err)
				return
			}
			assert.Equal(t, []string{"Table"}, fields(t, err))
		})
	}
}

func TestConfigRefusesANilDatabase(t *testing.T) {
	config := minimal()
	config.DB = (*sql.DB)(nil)
	_, err := usermap.NewSQL(config)
	assert.Equal(t, []string{"DB"}, fields(t, err))
}

func TestStatementFaultsAreAllNamed(t *testing.T) {
	value := func(q usermap.Query) []any { return []any{q.Value} }
	for _, c := range []struct {
		name string
		db   usermap.Querier
		text string
		args func(usermap.Query) []any
		want []string
	}{
		{"nothing", nil, "", nil, []string{"db", "text", "args"}},
		{"nil database", (*sql.DB)(nil), "select", value, []string{"db"}},
		{"blank text", unasked{}, " \n", value, []string{"text"}},
		{"without the value", unasked{}, "select", func(q usermap.Query) []any { return []any{q.Subject, q.Tenant} }, []string{"args"}},
		{"no values", unasked{}, "select", func(usermap.Query) []any { return nil }, []string{"args"}},
		{"values of no query", unasked{}, "select", func(usermap.Query) []any { return []any{new(int), rand.Text()} }, []string{"args"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := usermap.NewStatement(c.db, c.text, c.args)
			assert.Equal(t, c.want, fields(t, err))
		})
	}
}

// Args may convert what it binds. That it binds the tenant is seen all the same.
func TestStatementKnowsWhatItBinds(t *testing.T) {
	for _, c := range []struct {
		name   string
		args   func(usermap.Query) []any
		tenant bool
	}{
		{"value", func(q usermap.Query) []any { return []any{q.Value} }, false},
		{"tenant", func(q usermap.Query) []any { return []any{q.Tenant, q.Value} }, true},
		{"named", func(q usermap.Query) []any { return []any{sql.Named("v", q.Value), sql.Named("t", q.Tenant)} }, true},
		{"both in one", func(q usermap.Query) []any { return []any{q.Tenant + "/" + q.Value} }, true},
		{"time", func(q usermap.Query) []any { return []any{q.Value, rand.Text()} }, false},
		{"number", func(q usermap.Query) []any {
			n, err := strconv.Atoi(q.Value)
			if err != nil {
				return nil
			}
			return []any{n, q.Tenant}
		}, true},
		{"UUID", func(q usermap.Query) []any {
			if strings.Count(q.Value, "-") != 4 || strings.Count(q.Tenant, "-") != 4 {
				return nil
			}
			return []any{q.Value, q.Tenant}
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			finder, err := usermap.NewStatement(unasked{}, "select", c.args)
			require.NoError(t, err)
			var known usermap.TenantComparer = finder
			assert.Equal(t, c.tenant, known.ComparesTenant())
		})
	}
}

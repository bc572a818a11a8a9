package usermap_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

// minimal is the smallest configuration that NewSQL accepts.
func minimal() usermap.SQLConfig {
	return usermap.SQLConfig{DB: unasked{}, Dialect: usermap.PostgreSQL, Table: "accounts", Search: "login", Key: "id"}
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
		"DB", "Dialect", "Table", "Search", "Key",
		"Person.Table", "Person.ForeignKey", "Person.Key",
	}, fields(t, err))

	bad := []usermap.Flag{{Column: "good"}, {Mask: 1}}
	_, err = usermap.NewSQL(usermap.SQLConfig{
		DB: unasked{}, Dialect: 99, Table: "a.b.c.d", Search: "x y", Key: "1st", Name: `"`, Issuer: "a.b", Tenant: "é",
		Enabling: bad, Disabling: bad,
		Person: &usermap.Person{Table: "p.", ForeignKey: ";", Key: "`", Name: "]", Enabling: bad, Disabling: bad},
	})
	assert.Equal(t, []string{
		"Dialect", "Table", "Search", "Key", "Name", "Issuer", "Tenant", "Enabling[1].Column", "Disabling[1].Column",
		"Person.Table", "Person.ForeignKey", "Person.Key", "Person.Name", "Person.Enabling[1].Column", "Person.Disabling[1].Column",
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
			config.Search = c.column
			_, err := usermap.NewSQL(config)
			if c.allowed {
				require.NoError(t, err)
				return
			}
			assert.Equal(t, []string{"Search"}, fields(t, err))
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
	for _, c := range []struct {
		name   string
		config usermap.StatementConfig
		want   []string
	}{
		{"nothing", usermap.StatementConfig{}, []string{"DB", "Text", "Args"}},
		{"blank text", usermap.StatementConfig{DB: unasked{}, Text: " \n", Args: []usermap.Arg{usermap.ArgValue}}, []string{"Text"}},
		{"without the value", usermap.StatementConfig{DB: unasked{}, Text: "select", Args: []usermap.Arg{usermap.ArgSubject}}, []string{"Args"}},
		{
			"no such Arg",
			usermap.StatementConfig{DB: unasked{}, Text: "select", Args: []usermap.Arg{usermap.ArgValue, 0, 99}},
			[]string{"Args[1]", "Args[2]"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := usermap.NewStatement(c.config)
			assert.Equal(t, c.want, fields(t, err))
		})
	}
}

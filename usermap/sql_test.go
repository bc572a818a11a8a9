package usermap_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

var errAsked = errors.New("the database was asked")

// unasked is a database that fails the test if it is queried.
type unasked struct{}

func (unasked) QueryContext(context.Context, string, ...any) (*sql.Rows, error) {
	return nil, errAsked
}

// asked is a database that fails, and records the query.
type asked struct {
	err  error
	text string
	args []any
}

func (a *asked) QueryContext(_ context.Context, text string, args ...any) (*sql.Rows, error) {
	a.text, a.args = text, args
	return nil, a.err
}

func TestStatementText(t *testing.T) {
	config := usermap.SQLConfig{
		Table: "auth.accounts", ValueColumn: "login", IDColumn: "id", NameColumn: "name", IssuerColumn: "issuer", TenantColumn: "tenant",
		Enabling: []usermap.Flag{{Column: "active"}}, Disabling: []usermap.Flag{{Column: "marks", Mask: 3}},
		Person: &usermap.Person{
			Table: "persons", ForeignKeyColumn: "person", IDColumn: "pid", NameColumn: "fullname",
			Enabling: []usermap.Flag{{Column: "employed"}}, Disabling: []usermap.Flag{{Column: "locked"}},
		},
	}
	const plain = `SELECT a."login", a."issuer", a."tenant", a."id", a."name", a."active", a."marks", p."pid", p."fullname", p."employed", p."locked"
FROM "auth"."accounts" a
LEFT JOIN "persons" p ON p."pid" = a."person"
WHERE a."login" = 1 AND a."issuer" = 2 AND a."tenant" = 3`
	marks := func(one, two, three string) *strings.Replacer {
		return strings.NewReplacer("= 1", "= "+one, "= 2", "= "+two, "= 3", "= "+three)
	}
	quotes := func(open, end string) *strings.Replacer {
		return strings.NewReplacer(`."`, "."+open, ` "`, " "+open, `"`, end)
	}
	for _, c := range []struct {
		name    string
		dialect usermap.Dialect
		want    string
	}{
		{"PostgreSQL", usermap.PostgreSQL, marks("$1", "$2", "$3").Replace(plain)},
		{"SQLite", usermap.SQLite, marks("?", "?", "?").Replace(plain)},
		{"MySQL", usermap.MySQL, quotes("`", "`").Replace(marks("?", "?", "?").Replace(plain))},
		{"SQL Server", usermap.SQLServer, quotes("[", "]").Replace(marks("@p1", "@p2", "@p3").Replace(plain))},
		{"Oracle", usermap.Oracle, marks(":1", ":2", ":3").Replace(plain)},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := &asked{err: errAsked}
			config.DB, config.Dialect = db, c.dialect
			finder, err := usermap.NewSQL(config)
			require.NoError(t, err)
			assert.Equal(t, c.want, finder.Statement())

			_, err = finder.FindUsers(t.Context(), usermap.Query{Value: "v", Issuer: "i", Tenant: "t", Subject: "s", Claim: "c"})
			require.ErrorIs(t, err, errAsked)
			assert.Equal(t, c.want, db.text)
			assert.Equal(t, []any{"v", "i", "t"}, db.args)
		})
	}
}

func TestStatementOfOneColumn(t *testing.T) {
	finder, err := usermap.NewSQL(minimal())
	require.NoError(t, err)
	assert.Equal(t, "SELECT a.\"login\", a.\"id\"\nFROM \"accounts\" a\nWHERE a.\"login\" = $1", finder.Statement())
}

func TestHostileValuesNeverReachTheDatabase(t *testing.T) {
	config := minimal()
	config.IssuerColumn, config.TenantColumn = "issuer", "tenant"
	declared, err := usermap.NewSQL(config)
	require.NoError(t, err)
	own, err := usermap.NewStatement(unasked{}, "select 1", func(q usermap.Query) []any {
		return []any{q.Issuer, q.Value, sql.Named("tenant", q.Tenant), q.Subject}
	})
	require.NoError(t, err)

	reach := func(f usermap.Finder, q usermap.Query) bool {
		users, err := f.FindUsers(t.Context(), q)
		assert.Empty(t, users)
		if err != nil {
			require.ErrorIs(t, err, errAsked)
		}
		return err != nil
	}
	good := usermap.Query{Value: "v", Issuer: "i", Tenant: "t", Subject: "s"}
	assert.True(t, reach(declared, good))
	assert.True(t, reach(own, good))

	for _, c := range []struct {
		name, text string
		reaches    bool
	}{
		{"NUL", "a\x00", false},
		{"broken UTF-8", "a\xff", false},
		{"very long", strings.Repeat("x", 1025), false},
		{"long", strings.Repeat("x", 1024), true},
		{"injection", "' OR 1=1 --", true},
		{"letters beyond ASCII", "Zoë 🔑", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, issuer, tenant, subject := good, good, good, good
			value.Value, issuer.Issuer, tenant.Tenant, subject.Subject = c.text, c.text, c.text, c.text
			for _, q := range []usermap.Query{value, issuer, tenant} {
				assert.Equal(t, c.reaches, reach(declared, q))
				assert.Equal(t, c.reaches, reach(own, q))
			}
			assert.True(t, reach(declared, subject), "which it does not bind")
			assert.Equal(t, c.reaches, reach(own, subject))
		})
	}
	t.Run("empty", func(t *testing.T) {
		assert.False(t, reach(declared, usermap.Query{Issuer: "i", Tenant: "t"}))
		assert.False(t, reach(declared, usermap.Query{Value: "v", Tenant: "t"}))
		assert.False(t, reach(declared, usermap.Query{Value: "v", Issuer: "i"}))
		assert.False(t, reach(own, usermap.Query{Issuer: "i", Tenant: "t", Subject: "s"}))
		assert.True(t, reach(own, usermap.Query{Value: "v"}), "a statement of one's own may expect no tenant")
	})
}

func TestStatementBindsItsArgsInOrder(t *testing.T) {
	db := &asked{err: errAsked}
	finder, err := usermap.NewStatement(db, "select 1", func(q usermap.Query) []any {
		return []any{q.Subject, q.Value, q.Tenant, len(q.Issuer), q.Value}
	})
	require.NoError(t, err)
	_, err = finder.FindUsers(t.Context(), usermap.Query{Value: "v", Issuer: "i", Tenant: "t", Subject: "s"})
	require.ErrorIs(t, err, errAsked)
	assert.Equal(t, []any{"s", "v", "t", 1, "v"}, db.args)
	assert.Equal(t, "select 1", finder.Statement())
}

func TestZeroSQLFails(t *testing.T) {
	_, err := new(usermap.SQL).FindUsers(t.Context(), usermap.Query{Value: "v"})
	assert.Error(t, err)
}

func TestErrorsWrapTheCauseButNotTheValue(t *testing.T) {
	q := usermap.Query{Value: `alice@"home".example.com`, Subject: "subject-7", Tenant: "tenant-7", Issuer: "https://issuer"}
	for _, c := range []struct {
		name, cause, secret string
	}{
		{"value", `bad input: alice@"home".example.com`, "alice"},
		{"value quoted", `cannot encode "alice@\"home\".example.com"`, "alice"},
		{"value in capitals", `BAD INPUT: ALICE@"HOME".EXAMPLE.COM`, "ALICE"},
		{"value cut off", `bad input: alice@"home".exam…`, "alice"},
		{"subject", `bad input: subject-7`, "subject-7"},
		{"tenant", `bad input: tenant-7`, "tenant-7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := &asked{err: errors.New(c.cause)}
			config := minimal()
			config.DB = db
			finder, err := usermap.NewSQL(config)
			require.NoError(t, err)
			_, err = finder.FindUsers(t.Context(), q)
			require.ErrorIs(t, err, db.err)
			assert.NotContains(t, err.Error(), c.secret)
		})
	}
	t.Run("harmless", func(t *testing.T) {
		config := minimal()
		config.DB = &asked{err: errors.New("connection refused")}
		finder, err := usermap.NewSQL(config)
		require.NoError(t, err)
		_, err = finder.FindUsers(t.Context(), q)
		assert.Contains(t, err.Error(), "connection refused", "an operator needs to read it")
	})
}

package database_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

func TestNamesAreQuoted(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		quote := b.pick(`"`, `"`, "`")
		for _, s := range []string{
			`CREATE TABLE "order" ("select" TEXT, "Group" TEXT, "from$" BOOLEAN)`,
			`INSERT INTO "order" VALUES ('alice', '1', FALSE)`,
		} {
			b.exec(t, strings.ReplaceAll(s, `"`, quote))
		}
		f := b.finder(t, func(c *usermap.SQLConfig) {
			c.Table, c.ValueColumn, c.IDColumn = b.schema+".order", "select", "Group"
			c.Disabling = []usermap.Flag{{Column: "from$"}}
		})
		assert.Equal(t, []string{"1"}, find(t, f, value("alice")))
	})
}

func TestConnectionsAndTransactionsServeToo(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		createAlice(t, b)
		conn, err := b.Conn(t.Context())
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		tx, err := b.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		t.Cleanup(func() { _ = tx.Rollback() })
		for _, db := range []usermap.Querier{conn, tx} {
			f := b.finder(t, func(c *usermap.SQLConfig) { c.DB = db })
			assert.Equal(t, []string{"1"}, find(t, f, value("alice")))
			assert.Empty(t, find(t, f, value("mallory")))
		}
	})
}

// The database itself checks that every statement built is one.
func TestEveryDeclarationIsAStatement(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE persons (id TEXT, fullname TEXT, employed BOOLEAN, marks INTEGER)`,
			`CREATE TABLE accounts (id TEXT, login TEXT, name TEXT, issuer TEXT, tenant TEXT, active BOOLEAN, person TEXT)`)
		for bits := range 1 << 5 {
			f := b.finder(t, func(c *usermap.SQLConfig) {
				options := []func(){
					func() { c.NameColumn = "name" },
					func() { c.IssuerColumn = "issuer" },
					func() { c.TenantColumn = "tenant" },
					func() { c.Enabling = []usermap.Flag{{Column: "active"}} },
					func() { c.Person = employee() },
				}
				for i, choose := range options {
					if bits&(1<<i) != 0 {
						choose()
					}
				}
			})
			assert.Empty(t, find(t, f, usermap.Query{Value: "v", Issuer: "i", Tenant: "t"}), f.Statement())
		}
	})
}

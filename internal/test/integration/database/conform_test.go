package database_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

func TestFindersConform(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE accounts (id TEXT, login TEXT, tenant TEXT, active BOOLEAN)`,
			`INSERT INTO accounts VALUES ('1', 'alice@example.com', 't1', TRUE), ('2', 'alice@example.com', 't1', FALSE), ('3', '', 't1', TRUE)`)
		known := usermap.Query{Value: "alice@example.com", Tenant: "t1"}
		f := b.finder(t, func(c *usermap.SQLConfig) {
			c.TenantColumn, c.Enabling = "tenant", []usermap.Flag{{Column: "active"}}
		})
		require.NoError(t, oidctest.TestFinder(f, known, "1"))
		own := b.statement(t, `SELECT login AS value, id, active AS enabled FROM accounts WHERE login = ?`)
		require.NoError(t, oidctest.TestFinder(own, known, "1"))
		folding := b.statement(t, `SELECT login AS value, id, active AS enabled FROM accounts WHERE lower(login) = lower(?)`)
		require.NoError(t, oidctest.TestFinder(folding, known, "1"), "the finder compares again what the database found")
	})
}

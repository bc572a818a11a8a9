package database_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

func createAlice(t *testing.T, b backend) {
	t.Helper()
	b.exec(t, `CREATE TABLE accounts (id TEXT, login TEXT)`, `INSERT INTO accounts VALUES ('1', 'alice')`)
}

func TestCancelledLookupFails(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		createAlice(t, b)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := failsWithin(ctx, t, b.finder(t, nil), value("alice"))
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestLookupEndsAtItsDeadline(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		endless := b.statement(t, b.pick(
			`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT ? AS value, max(i) AS id, 1 AS enabled FROM n`,
			`SELECT CAST(? AS TEXT) AS value, 1 AS id, 1 AS enabled FROM pg_sleep(3600)`,
			`SELECT ? AS value, SLEEP(3600) AS id, 1 AS enabled`))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		t.Cleanup(cancel)
		err := failsWithin(ctx, t, endless, value("alice"))
		require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestFailureAfterTheFirstRowIsAFailure(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		f := b.statement(t, b.pick(
			`SELECT ? AS value, column1 AS id, json(column2) AS enabled FROM (VALUES (1, '1'), (2, 'broken'))`,
			`SELECT CAST(? AS TEXT) AS value, n AS id, 1 / (2 - n) AS enabled FROM generate_series(1, 2) n`,
			`SELECT ? AS value, seq AS id, 9223372036854775806 + CAST(seq AS SIGNED) AS enabled FROM seq_1_to_2`))
		fails(t, f, value("alice"))
	})
}

func TestClosedDatabaseIsAFailure(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		createAlice(t, b)
		f := b.finder(t, nil)
		require.Equal(t, []string{"1"}, find(t, f, value("alice")))
		require.NoError(t, b.Close())
		fails(t, f, value("alice"))
	})
}

func TestMisspeltNameIsAFailure(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		createAlice(t, b)
		b.exec(t, `CREATE TABLE persons (id TEXT)`)
		flags := []usermap.Flag{{Column: "nosuch"}}
		for _, c := range []struct {
			name   string
			change func(*usermap.SQLConfig)
		}{
			{"Table", func(c *usermap.SQLConfig) { c.Table = "nosuch" }},
			{"ValueColumn", func(c *usermap.SQLConfig) { c.ValueColumn = "nosuch" }},
			{"IDColumn", func(c *usermap.SQLConfig) { c.IDColumn = "nosuch" }},
			{"NameColumn", func(c *usermap.SQLConfig) { c.NameColumn = "nosuch" }},
			{"TenantColumn", func(c *usermap.SQLConfig) { c.TenantColumn = "nosuch" }},
			{"Enabling", func(c *usermap.SQLConfig) { c.Enabling = flags }},
			{"Disabling", func(c *usermap.SQLConfig) { c.Disabling = flags }},
			{"Person.Table", func(c *usermap.SQLConfig) {
				c.Person = &usermap.Person{Table: "nosuch", ForeignKeyColumn: "id", IDColumn: "id"}
			}},
			{"Person.ForeignKeyColumn", func(c *usermap.SQLConfig) {
				c.Person = &usermap.Person{Table: "persons", ForeignKeyColumn: "nosuch", IDColumn: "id"}
			}},
			{"Person.IDColumn", func(c *usermap.SQLConfig) {
				c.Person = &usermap.Person{Table: "persons", ForeignKeyColumn: "id", IDColumn: "nosuch"}
			}},
		} {
			t.Run(c.name, func(t *testing.T) {
				// SQLite would take a lone "nosuch" for a string that equals this value.
				fails(t, b.finder(t, c.change), usermap.Query{Value: "nosuch", Tenant: "nosuch"})
			})
		}
	})
}

func TestFailureKeepsTheValueToItself(t *testing.T) { // SQLite digests everything
	t.Run("PostgreSQL", func(t *testing.T) { keepsToItself(t, openPostgres(t), failingOnPostgres) })
	t.Run("MariaDB", func(t *testing.T) { keepsToItself(t, openMariaDB(t, ""), failingOnMariaDB) })
	t.Run("MariaDB interpolated", func(t *testing.T) { keepsToItself(t, openMariaDB(t, "&interpolateParams=true"), failingOnMariaDB) })
}

func keepsToItself(t *testing.T, b backend, failing func(*testing.T, backend) []usermap.Finder) {
	for _, f := range failing(t, b) {
		for _, secret := range []string{"alice", `al"ice`, "alice@example.com", "alice@a-long-department.example.com"} {
			err := fails(t, f, value(secret))
			assert.NotContains(t, err.Error(), "ice")
		}
	}
}

func failingOnPostgres(t *testing.T, b backend) []usermap.Finder {
	b.exec(t, `CREATE TABLE accounts (id TEXT, login UUID, number INTEGER)`)
	numbers := b.finder(t, func(c *usermap.SQLConfig) { c.ValueColumn = "number" })
	cast := b.statement(t, `SELECT id, id AS value, 1 AS enabled FROM accounts WHERE login = CAST(CAST(? AS TEXT) AS UUID)`)
	return []usermap.Finder{b.finder(t, nil), numbers, cast}
}

func failingOnMariaDB(t *testing.T, b backend) []usermap.Finder {
	return []usermap.Finder{b.statement(t, `SELECT 1 AS id, 1 AS enabled, extractvalue('<a/>', concat('~', ?)) AS value`)}
}

func TestLookupsRunConcurrently(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE accounts (id TEXT, login TEXT, active BOOLEAN)`,
			`INSERT INTO accounts VALUES ('1', 'alice', TRUE), ('2', 'bob', FALSE), ('3', 'twin', TRUE), ('4', 'twin', TRUE)`)
		f := b.finder(t, func(c *usermap.SQLConfig) { c.Enabling = []usermap.Flag{{Column: "active"}} })
		own := b.statement(t, `SELECT login AS value, id, active AS enabled FROM accounts WHERE login = ?`)
		want := map[string]int{"alice": 1, "bob": 1, "twin": 2, "mallory": 0}
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				for range 10 {
					for login, n := range want {
						for _, finder := range []usermap.Finder{f, own} {
							users, err := finder.FindUsers(t.Context(), value(login))
							assert.NoError(t, err)
							assert.Len(t, users, n)
						}
					}
				}
			})
		}
		wg.Wait()
		assert.Zero(t, b.Stats().InUse, "every result set is closed")
	})
}

func TestResultSetsAreClosedAfterAFailure(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE accounts (id TEXT, login TEXT)`,
			`INSERT INTO accounts VALUES ('1', 'twin'), ('2', 'twin'), ('3', 'twin'), (NULL, 'keyless'), (NULL, 'keyless')`)
		f := b.finder(t, nil)
		find(t, f, value("twin")) // stops before the last row
		fails(t, f, value("keyless"))
		fails(t, b.statement(t, `SELECT login, id FROM accounts WHERE login = ?`), value("twin"))
		assert.Zero(t, b.Stats().InUse)
	})
}

package database_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

func TestOwnStatementIsReadByColumnName(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE logins (name TEXT, account INTEGER, tenant TEXT)`,
			`INSERT INTO logins VALUES ('alice', 1, 't1'), ('alice', 2, 't2'), ('former', 3, 't1')`,
			`CREATE TABLE accounts (id INTEGER, fullname TEXT, active BOOLEAN, person TEXT)`,
			`INSERT INTO accounts VALUES (1, 'Alice', TRUE, 'p1'), (2, 'Another', TRUE, NULL), (3, 'Former', FALSE, NULL)`)
		f := b.statementOf(t, `
			SELECT a.active AS enabled, a.person AS PERSON_ID, a.id, a.fullname AS "Name", l.name AS value
			FROM logins l JOIN accounts a ON a.id = l.account
			WHERE l.name = ? AND l.tenant = ?`, func(q usermap.Query) []any { return []any{q.Value, q.Tenant} })
		for _, c := range []struct {
			name  string
			query usermap.Query
			want  []usermap.User
		}{
			{"found", usermap.Query{Value: "alice", Tenant: "t1"}, []usermap.User{{ID: "1", Name: "Alice", PersonID: "p1", Enabled: true}}},
			{"other tenant", usermap.Query{Value: "alice", Tenant: "t2"}, []usermap.User{{ID: "2", Name: "Another", Enabled: true}}},
			{"disabled", usermap.Query{Value: "former", Tenant: "t1"}, []usermap.User{{ID: "3", Name: "Former"}}},
			{"not found", usermap.Query{Value: "alice", Tenant: "t3"}, nil},
			{"no tenant", usermap.Query{Value: "alice"}, nil},
		} {
			t.Run(c.name, func(t *testing.T) {
				users, err := f.FindUsers(t.Context(), c.query)
				require.NoError(t, err)
				assert.Equal(t, c.want, users)
			})
		}
	})
}

func TestOwnStatementColumnsAreChecked(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		for _, c := range []struct {
			name, columns string
			refused       bool
		}{
			{"least", `CAST(? AS TEXT) AS value, 1 AS id, 1 AS enabled`, false},
			{"all", `CAST(? AS TEXT) AS value, 1 AS id, 1 AS enabled, 'n' AS name, 'p' AS person_id, '' AS issuer, '' AS tenant`, false},
			{"no value", `1 AS id, 1 AS enabled, CAST(? AS TEXT) AS name`, true},
			{"no id", `CAST(? AS TEXT) AS value, 1 AS enabled`, true},
			{"no enabled", `CAST(? AS TEXT) AS value, 1 AS id`, true},
			{"tenant misspelt", `CAST(? AS TEXT) AS value, 1 AS id, 1 AS enabled, '' AS tennant`, true},
			{"a column twice", `CAST(? AS TEXT) AS value, 1 AS id, 1 AS enabled, 2 AS id`, true},
		} {
			t.Run(c.name, func(t *testing.T) {
				f := b.statement(t, `SELECT `+c.columns)
				noRows := b.statement(t, `SELECT * FROM (SELECT `+c.columns+`) AS t WHERE 1 = 0`)
				if !c.refused {
					assert.Equal(t, []string{"1"}, find(t, f, value("alice")))
					assert.Empty(t, find(t, noRows, value("alice")))
					return
				}
				var fault *usermap.ConfigError
				require.ErrorAs(t, fails(t, f, value("alice")), &fault)
				assert.Equal(t, "text", fault.Field)
				if c.name != "a column twice" { // a subquery with two is refused by the database, or has one renamed
					require.ErrorAs(t, fails(t, noRows, value("alice")), &fault, "known before there is a user")
				}
			})
		}
	})
}

func TestOwnStatementEnabledIsAnEnablingFlag(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		for _, c := range []struct {
			name, enabled string
			want          []string
		}{
			{"true", "TRUE", []string{"1"}},
			{"one", "1", []string{"1"}},
			{"false", "FALSE", []string{"1-"}},
			{"zero", "0", []string{"1-"}},
			{"NULL", "NULL", []string{"1-"}},
			{"text no", "'no'", []string{"1-"}},
			{"text", "'inactive'", nil},
		} {
			t.Run(c.name, func(t *testing.T) {
				f := b.statement(t, `SELECT CAST(? AS TEXT) AS value, 1 AS id, `+c.enabled+` AS enabled`)
				if c.want == nil {
					fails(t, f, value("alice"))
					return
				}
				assert.Equal(t, c.want, find(t, f, value("alice")))
			})
		}
	})
}

func TestOwnStatementRowsAreNotMerged(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE memberships (account INTEGER, login TEXT, active BOOLEAN)`,
			`INSERT INTO memberships VALUES (1, 'alice', TRUE), (1, 'alice', TRUE), (2, 'bob', TRUE), (2, 'bob', FALSE), (3, 'eve', FALSE), (4, 'eve', TRUE)`)
		f := b.statement(t, `SELECT login AS value, account AS id, active AS enabled FROM memberships WHERE login = ?`)
		assert.Equal(t, []string{"1", "1"}, find(t, f, value("alice")), "ambiguous")
		fails(t, f, value("bob"))
		assert.Equal(t, []string{"4", "3-"}, find(t, f, value("eve")), "two accounts, one of them enabled")
	})
}

func TestOwnStatementColumnsMustBeText(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		for _, c := range []struct{ name, columns string }{
			{"value", `CAST(length(CAST(? AS TEXT)) + 0.5 AS DOUBLE PRECISION) AS value, 1 AS id`},
			{"id", `CAST(? AS TEXT) AS value, CAST(0.5 AS DOUBLE PRECISION) AS id`},
			{"name", `CAST(? AS TEXT) AS value, 1 AS id, CAST(0.5 AS DOUBLE PRECISION) AS name`},
			{"tenant", `CAST(? AS TEXT) AS value, 1 AS id, CAST(0.5 AS DOUBLE PRECISION) AS tenant`},
		} {
			t.Run(c.name, func(t *testing.T) {
				fails(t, b.statement(t, `SELECT `+c.columns+`, 1 AS enabled`), value("alice"))
			})
		}
	})
}

func TestLargestUnsignedNumberIsAKey(t *testing.T) {
	const largest = "18446744073709551615"
	onEach(t, func(t *testing.T, b backend) {
		number := b.pick("TEXT", "NUMERIC(20)", "BIGINT UNSIGNED")
		b.exec(t, `CREATE TABLE accounts (id `+number+`, login `+number+`)`, `INSERT INTO accounts VALUES ('`+largest+`', '`+largest+`')`)
		assert.Equal(t, []string{largest}, find(t, b.finder(t, nil), value(largest)))
	})
}

func TestBytesAreText(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE accounts (id `+b.pick("BLOB", "BYTEA", "BLOB")+`, login TEXT)`,
			`INSERT INTO accounts VALUES (`+b.pick("X'6131'", "'a1'", "'a1'")+`, 'alice')`)
		assert.Equal(t, []string{"a1"}, find(t, b.finder(t, nil), value("alice")))
	})
}

package database_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

// outcome of one column, as a flag: it says yes or no, or makes the lookup fail.
type outcome string

const (
	set   outcome = "set"
	unset outcome = "not set"
	fault outcome = "fault"
)

// read declares the column flag so, stores one value, and reads it as an enabling and as a disabling flag.
func read(t *testing.T, b backend, columnType, stored string, mask int64) (enabling, disabling outcome) {
	t.Helper()
	table := newTable()
	b.exec(t, `CREATE TABLE `+table+` (id TEXT, login TEXT, flag `+columnType+`)`,
		`INSERT INTO `+table+` VALUES ('1', 'alice', `+stored+`)`)
	flags := []usermap.Flag{{Column: "flag", Mask: mask}}
	lookup := func(change func(*usermap.SQLConfig), ifEnabled, ifNot outcome) outcome {
		users, err := b.finder(t, func(c *usermap.SQLConfig) { c.Table = table; change(c) }).FindUsers(t.Context(), value("alice"))
		if err != nil {
			return fault
		}
		require.Len(t, users, 1)
		if users[0].Enabled {
			return ifEnabled
		}
		return ifNot
	}
	return lookup(func(c *usermap.SQLConfig) { c.Enabling = flags }, set, unset),
		lookup(func(c *usermap.SQLConfig) { c.Disabling = flags }, unset, set)
}

func TestFlagIsSet(t *testing.T) {
	const anywhere, sqlite, postgres, mariadb usermap.Dialect = 0, usermap.SQLite, usermap.PostgreSQL, usermap.MySQL
	onEach(t, func(t *testing.T, b backend) {
		for _, c := range []struct {
			name, column, stored string
			on                   usermap.Dialect
			enabling, disabling  outcome
		}{
			{"true", "BOOLEAN", "TRUE", anywhere, set, set},
			{"false", "BOOLEAN", "FALSE", anywhere, unset, unset},
			{"NULL boolean", "BOOLEAN", "NULL", anywhere, unset, unset},
			{"one", "INTEGER", "1", anywhere, set, set},
			{"minus one", "INTEGER", "-1", anywhere, set, set},
			{"zero", "INTEGER", "0", anywhere, unset, unset},
			{"NULL number", "INTEGER", "NULL", anywhere, unset, unset},
			{"a half", "DOUBLE PRECISION", "0.5", anywhere, set, set},
			{"zero, floating", "DOUBLE PRECISION", "0.0", anywhere, unset, unset},
			{"decimal zero", "NUMERIC(5,2)", "0.00", anywhere, unset, unset},
			{"decimal", "NUMERIC(5,2)", "0.01", anywhere, set, set},
			{"not a number", "DOUBLE PRECISION", "'NaN'", postgres, fault, fault},
			{"not a decimal number", "NUMERIC", "'NaN'", postgres, fault, set},
			{"date", "DATE", "'2026-01-31'", anywhere, set, set},
			{"point in time", "TIMESTAMP", "'2026-01-31 12:00:00'", anywhere, set, set},
			{"NULL date", "DATE", "NULL", anywhere, unset, unset},
			{"first day of all", "DATE", "'0001-01-01'", anywhere, fault, fault},

			{"empty text", "TEXT", "''", anywhere, unset, unset},
			{"blanks", "TEXT", "'  '", anywhere, unset, unset},
			{"CHAR filled up", "CHAR(5)", "'f'", anywhere, unset, unset},
			{"text 0", "TEXT", "'0'", anywhere, unset, unset},
			{"text 0.00", "TEXT", "'0.00'", anywhere, unset, unset},
			{"text -1", "TEXT", "'-1'", anywhere, set, set},
			{"text f", "TEXT", "'f'", anywhere, unset, unset},
			{"text FALSE", "TEXT", "'FALSE'", anywhere, unset, unset},
			{"text N", "TEXT", "'N'", anywhere, unset, unset},
			{"text off", "TEXT", "'off'", anywhere, unset, unset},
			{"text 1", "TEXT", "'1'", anywhere, set, set},
			{"text t", "TEXT", "'t'", anywhere, set, set},
			{"text Y", "TEXT", "'Y'", anywhere, set, set},
			{"text X", "TEXT", "'X'", anywhere, set, set},
			{"a reason", "TEXT", "'left the company'", anywhere, fault, set},
			{"a status", "TEXT", "'inactive'", anywhere, fault, set},
			{"text NaN", "TEXT", "'NaN'", anywhere, fault, set},
			{"leading blank", "TEXT", "' 0'", anywhere, fault, set},

			{"bytes 0", "BLOB", "X'30'", sqlite, unset, unset},
			{"bytes 1", "BLOB", "X'31'", sqlite, set, set},
			{"bit 0", "BLOB", "X'00'", sqlite, unset, unset},
			{"bit 1", "BLOB", "X'01'", sqlite, set, set},
			{"bytes of no meaning", "BLOB", "X'FF'", sqlite, fault, set},
			{"bytes 0", "BYTEA", "'0'", postgres, unset, unset},
			{"bit 0", "BIT(1)", "B'0'", postgres, unset, unset},
			{"bit 1", "BIT(1)", "B'1'", postgres, set, set},
			{"bytes 0", "BLOB", "'0'", mariadb, unset, unset},
			{"bit 0", "BIT(1)", "b'0'", mariadb, unset, unset},
			{"bit 1", "BIT(1)", "b'1'", mariadb, set, set},
			{"NULL bit", "BIT(1)", "NULL", mariadb, unset, unset},
			{"unsigned 0", "BIGINT UNSIGNED", "0", mariadb, unset, unset},
			{"unsigned 1", "BIGINT UNSIGNED", "1", mariadb, set, set},
			{"unsigned, largest", "BIGINT UNSIGNED", "18446744073709551615", mariadb, set, set},
			{"a half in single precision", "FLOAT", "0.5", mariadb, set, set},
			{"zero in single precision", "FLOAT", "0", mariadb, unset, unset},
			{"ENUM yes", "ENUM('N','Y')", "'Y'", mariadb, set, set},
			{"ENUM no", "ENUM('N','Y')", "'N'", mariadb, unset, unset},
			{"ENUM of a status", "ENUM('active','locked')", "'locked'", mariadb, fault, set},
			{"SET of nothing", "SET('deleted','locked')", "''", mariadb, unset, unset},
			{"SET", "SET('deleted','locked')", "'deleted,locked'", mariadb, fault, set},
			{"zero date", "DATE", "'0000-00-00'", mariadb, fault, fault},
			{"zero point in time", "DATETIME", "'0000-00-00 00:00:00'", mariadb, fault, fault},
		} {
			if c.on != anywhere && c.on != b.dialect {
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				enabling, disabling := read(t, b, c.column, c.stored, 0)
				assert.Equal(t, c.enabling, enabling, "enabling")
				assert.Equal(t, c.disabling, disabling, "disabling")
			})
		}
	})
}

func TestFlagMask(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		for _, c := range []struct {
			name, column, stored string
			mask                 int64
			want                 outcome
		}{
			{"no bit", "INTEGER", "0", 3, unset},
			{"first bit", "INTEGER", "1", 3, set},
			{"second bit", "INTEGER", "2", 3, set},
			{"both bits", "INTEGER", "3", 3, set},
			{"another bit", "INTEGER", "4", 3, unset},
			{"another bit and the first", "INTEGER", "5", 3, set},
			{"high bit", "BIGINT", "4611686018427387904", 1 << 62, set},
			{"negative number", "BIGINT", "-1", 1 << 62, set},
			{"sign bit", "BIGINT", "-9223372036854775807", -1 << 63, set},
			{"NULL", "INTEGER", "NULL", 3, unset},
			{"whole number, floating", "DOUBLE PRECISION", "2.0", 3, set},
			{"too large to be exact", "DOUBLE PRECISION", "1e300", 3, fault},
			{"fraction", "DOUBLE PRECISION", "1.5", 3, fault},
			{"number as text", "TEXT", "'2'", 3, set},
			{"number as text, another bit", "TEXT", "'4'", 3, unset},
			{"bit string", "TEXT", "'0100'", 3, fault},
			{"empty text", "TEXT", "''", 3, fault},
			{"text", "TEXT", "'deleted'", 3, fault},
			{"bytes", b.pick("BLOB", "BYTEA", "BLOB"), b.pick("X'32'", "'2'", "'2'"), 3, set},
			{"date", "DATE", "'2026-01-31'", 3, fault},
			{"small number", "SMALLINT", "2", 3, set},
			{"unsigned", b.pick("BIGINT", "BIGINT", "BIGINT UNSIGNED"), "2", 3, set},
			{"unsigned, another bit", b.pick("BIGINT", "BIGINT", "BIGINT UNSIGNED"), "4", 3, unset},
			{"beyond a signed number", b.pick("TEXT", "NUMERIC(20)", "BIGINT UNSIGNED"), "'18446744073709551615'", 3, fault},
			{"single precision, seven digits", b.pick("TEXT", "TEXT", "FLOAT"), b.pick("'1048577.0'", "'1048577.0'", "1048577"), 1, fault},
		} {
			t.Run(c.name, func(t *testing.T) {
				enabling, disabling := read(t, b, c.column, c.stored, c.mask)
				assert.Equal(t, c.want, enabling, "enabling")
				assert.Equal(t, c.want, disabling, "disabling")
			})
		}
	})
}

func TestEveryFlagCounts(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE accounts (id TEXT, login TEXT, active BOOLEAN, confirmed BOOLEAN, locked BOOLEAN, xmarkedfordeletion INTEGER)`,
			`INSERT INTO accounts VALUES
				('1', 'good', TRUE, TRUE, FALSE, 0),
				('2', 'good but for an unmasked bit', TRUE, TRUE, NULL, 4),
				('3', 'not active', FALSE, TRUE, FALSE, 0),
				('4', 'not confirmed', TRUE, NULL, FALSE, 0),
				('5', 'locked', TRUE, TRUE, TRUE, 0),
				('6', 'marked', TRUE, TRUE, FALSE, 2)`)
		f := b.finder(t, func(c *usermap.SQLConfig) {
			c.Enabling = []usermap.Flag{{Column: "active"}, {Column: "confirmed"}}
			c.Disabling = []usermap.Flag{{Column: "locked"}, {Column: "xmarkedfordeletion", Mask: 3}}
		})
		for _, c := range []struct{ name, want string }{
			{"good", "1"},
			{"good but for an unmasked bit", "2"},
			{"not active", "3-"},
			{"not confirmed", "4-"},
			{"locked", "5-"},
			{"marked", "6-"},
		} {
			t.Run(c.name, func(t *testing.T) {
				assert.Equal(t, []string{c.want}, find(t, f, value(c.name)))
			})
		}
		assert.Equal(t, []string{"5"}, find(t, b.finder(t, nil), value("locked")), "no flag, no restriction")
	})
}

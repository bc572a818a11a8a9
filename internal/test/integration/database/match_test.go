package database_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

func TestEnabledMatchesCount(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE accounts (id TEXT, login TEXT, name TEXT, active BOOLEAN)`,
			`INSERT INTO accounts VALUES
				('1', 'alice', 'Alice', TRUE),
				('2', 'twin', NULL, TRUE), ('3', 'twin', NULL, TRUE),
				('4', 'former', NULL, FALSE),
				('5', 'again', NULL, FALSE), ('6', 'again', NULL, TRUE), ('7', 'again', NULL, FALSE),
				('8', 'gone', NULL, FALSE), ('9', 'gone', NULL, FALSE)`)
		f := b.finder(t, func(c *usermap.SQLConfig) {
			c.NameColumn = "name"
			c.Enabling = []usermap.Flag{{Column: "active"}}
		})
		for _, c := range []struct {
			name, value string
			want        []string
		}{
			{"exactly one", "alice", []string{"1"}},
			{"none at all", "mallory", []string{}},
			{"several", "twin", []string{"2", "3"}},
			{"none but a disabled one", "former", []string{"4-"}},
			{"one, and disabled ones", "again", []string{"6", "5-", "7-"}},
			{"several disabled ones", "gone", []string{"8-", "9-"}},
		} {
			t.Run(c.name, func(t *testing.T) {
				got := find(t, f, value(c.value))
				assert.ElementsMatch(t, c.want, got)
				if len(c.want) > 0 {
					assert.Equal(t, c.want[0], got[0], "enabled ones come first")
				}
			})
		}
		users, err := f.FindUsers(t.Context(), value("alice"))
		require.NoError(t, err)
		assert.Equal(t, []usermap.User{{ID: "1", Name: "Alice", Enabled: true}}, users)
	})
}

// Each collation folds something; the database's own count proves it.
func TestCollationsDoNotFold(t *testing.T) {
	type collation struct{ name, column, stored, searched string }
	collations := map[usermap.Dialect][]collation{
		usermap.SQLite: {
			{"NOCASE", "TEXT COLLATE NOCASE", "alice", "ALICE"},
			{"RTRIM", "TEXT COLLATE RTRIM", "alice", "alice  "},
			{"RTRIM of what is stored", "TEXT COLLATE RTRIM", "alice  ", "alice"},
			{"numbers", "INTEGER", "7", "007"},
		},
		usermap.PostgreSQL: {
			{"citext", "citext", "alice", "ALICE"},
			{"ICU case", "TEXT COLLATE folding", "alice", "Alice"},
			{"ICU blanks", "TEXT COLLATE folding", "alice", "alice  "},
			{"ICU blanks stored", "TEXT COLLATE folding", "alice  ", "alice"},
			{"ICU accents", "TEXT COLLATE folding", "Zoë", "zoe"},
			{"CHAR", "CHAR(9)", "alice", "alice"},
		},
		usermap.MySQL: {
			{"default, case", "VARCHAR(99)", "alice", "ALICE"},
			{"default, case of what is stored", "VARCHAR(99)", "Alice", "alice"},
			{"default, blanks", "VARCHAR(99)", "alice", "alice  "},
			{"default, blanks stored", "TEXT", "alice  ", "alice"},
			{"default, accents", "VARCHAR(99)", "Zoë", "Zoe"},
			{"sharp s", "VARCHAR(99) COLLATE utf8mb4_unicode_ci", "strasse", "straße"},
			{"current Unicode", "VARCHAR(99) COLLATE uca1400_ai_ci", "alice", "ALICE "},
			{"binary, blanks", "VARCHAR(99) COLLATE utf8mb4_bin", "alice", "alice "},
			{"Latin 1", "VARCHAR(99) CHARACTER SET latin1", "alice", "ALICE "},
			{"surrogates", "VARCHAR(99)", "🔑", "🔒"},
			{"numbers", "INTEGER", "7", "7 or so"},
			{"text is 0", "INTEGER", "0", "alice"},
		},
	}
	onEach(t, func(t *testing.T, b backend) {
		if b.dialect == usermap.PostgreSQL {
			b.exec(t, `CREATE EXTENSION IF NOT EXISTS citext SCHEMA public`,
				`CREATE COLLATION folding (provider = icu, locale = 'und-u-ka-shifted-ks-level1', deterministic = false)`)
		}
		for _, c := range collations[b.dialect] {
			t.Run(c.name, func(t *testing.T) {
				table := newTable()
				b.exec(t, `CREATE TABLE `+table+` (id TEXT, login `+c.column+`)`, `INSERT INTO `+table+` VALUES ('1', '`+c.stored+`')`)
				f := b.finder(t, func(c *usermap.SQLConfig) { c.Table = table })

				var n int
				count := b.marked(`SELECT count(*) FROM ` + table + ` WHERE login = ?`)
				require.NoError(t, b.QueryRowContext(t.Context(), count, c.searched).Scan(&n))
				require.Equal(t, 1, n, "the database does not fold")
				assert.Empty(t, find(t, f, value(c.searched)))

				own := b.statement(t, `SELECT login AS value, id, 1 AS enabled FROM `+table+` WHERE login = ?`)
				assert.Empty(t, find(t, own, value(c.searched)))

				if !strings.HasPrefix(c.column, "CHAR") { // which is stored with its blanks
					assert.Equal(t, []string{"1"}, find(t, f, value(c.stored)))
				}
			})
		}
	})
}

func TestHostileValuesAreBound(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE accounts (id TEXT, login TEXT)`, `INSERT INTO accounts VALUES ('1', 'alice'), ('2', '')`)
		f := b.finder(t, nil)
		own := b.statement(t, `SELECT login AS value, id, 1 AS enabled FROM accounts WHERE login = ?`)
		for _, c := range []struct {
			name, value string
			storable    bool
		}{
			{"always true", `' OR 1=1 --`, true},
			{"always true, double quote", `" OR ""="`, true},
			{"second statement", `'; DROP TABLE accounts; --`, true},
			{"backslash", `\' OR 1=1 --`, true},
			{"wildcards", `%`, true},
			{"placeholders", `$1 ? :1 @p1`, true},
			{"beyond ASCII", "Zoë 🔑 \u202e", true},
			{"line feeds", "alice\r\n", true},
			{"NUL", "\x00", false},
			{"NUL behind", "alice\x00", false},
			{"broken UTF-8", "alice\xff", false},
			{"longest", strings.Repeat("x", 1024), true},
			{"very long", strings.Repeat("x", 1<<20), false},
			{"empty", "", false},
		} {
			t.Run(c.name, func(t *testing.T) {
				assert.Empty(t, find(t, f, value(c.value)))
				assert.Empty(t, find(t, own, value(c.value)))
				if !c.storable {
					return
				}
				_, err := b.ExecContext(t.Context(), b.marked(`INSERT INTO accounts VALUES ('9', ?)`), c.value)
				require.NoError(t, err)
				assert.Equal(t, []string{"9"}, find(t, f, value(c.value)))
				assert.Equal(t, []string{"9"}, find(t, own, value(c.value)))
			})
		}
		assert.Equal(t, []string{"1"}, find(t, f, value("alice")))
	})
}

func TestIssuerAndTenantKeepConnectorsApart(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		folding := b.pick("TEXT COLLATE NOCASE", "TEXT COLLATE folding", "TEXT") // which folds on MariaDB
		if b.dialect == usermap.PostgreSQL {
			b.exec(t, `CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
		}
		b.exec(t, `CREATE TABLE accounts (id TEXT, login TEXT, issuer `+folding+`, tenant `+folding+`)`,
			`INSERT INTO accounts VALUES
				('1', 'alice', 'https://a', 't1'),
				('2', 'alice', 'https://b', 't1'),
				('3', 'alice', 'https://a', 't2'),
				('4', 'alice', NULL, NULL),
				('5', 'alice', '', '')`)
		both := b.finder(t, func(c *usermap.SQLConfig) { c.IssuerColumn, c.TenantColumn = "issuer", "tenant" })
		own := b.statement(t, `SELECT login AS value, id, 1 AS enabled, issuer, tenant FROM accounts WHERE login = ?`)
		for _, c := range []struct {
			name, issuer, tenant string
			want                 []string
		}{
			{"first", "https://a", "t1", []string{"1"}},
			{"other issuer", "https://b", "t1", []string{"2"}},
			{"other tenant", "https://a", "t2", []string{"3"}},
			{"neither", "https://b", "t2", []string{}},
			{"issuer in capitals", "HTTPS://A", "t1", []string{}},
			{"tenant in capitals", "https://a", "T1", []string{}},
			{"hostile tenant", "https://a", "t1' OR 1=1 --", []string{}},
			{"NUL in the tenant", "https://a", "t1\x00", []string{}},
		} {
			t.Run(c.name, func(t *testing.T) {
				q := usermap.Query{Value: "alice", Issuer: c.issuer, Tenant: c.tenant}
				assert.Equal(t, c.want, find(t, both, q))
				assert.Equal(t, c.want, find(t, own, q))
			})
		}
		assert.Empty(t, find(t, both, usermap.Query{Value: "alice", Issuer: "https://a"}), "no tenant")
		assert.Equal(t, []string{"5"}, find(t, own, value("alice")), "a statement of one's own may mean it")

		issuer := b.finder(t, func(c *usermap.SQLConfig) { c.IssuerColumn = "issuer" })
		assert.ElementsMatch(t, []string{"1", "3"}, find(t, issuer, usermap.Query{Value: "alice", Issuer: "https://a"}))
		tenant := b.finder(t, func(c *usermap.SQLConfig) { c.TenantColumn = "tenant" })
		assert.Equal(t, []string{"3"}, find(t, tenant, usermap.Query{Value: "alice", Tenant: "t2"}))
	})
}

func TestNULLs(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE accounts (id BIGINT, login TEXT, name TEXT)`,
			`INSERT INTO accounts VALUES (1, 'alice', NULL), (2, NULL, 'Nobody'), (NULL, 'keyless', NULL)`)
		f := b.finder(t, func(c *usermap.SQLConfig) { c.NameColumn = "name" })
		assert.Equal(t, []string{"1"}, find(t, f, value("alice")), "a name is optional, and a number will do as a key")
		fails(t, f, value("keyless"))

		all := b.statement(t, `SELECT login AS value, id, 1 AS enabled FROM accounts WHERE coalesce(login, '') <> ? OR login IS NULL`)
		assert.Empty(t, find(t, all, value("bob")), "NULL equals nothing")

		b.exec(t, `INSERT INTO accounts VALUES (3, '', NULL)`)
		assert.Empty(t, find(t, all, value("bob")))
	})
}

func TestRowsAreBounded(t *testing.T) {
	const recursive = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001) `
	onEach(t, func(t *testing.T, b backend) {
		numbers := b.pick(recursive, recursive, `WITH n(i) AS (SELECT seq FROM seq_1_to_1001) `)
		b.exec(t, `CREATE TABLE accounts (id BIGINT, login TEXT, active BOOLEAN)`,
			`INSERT INTO accounts `+numbers+`SELECT i, 'enabled', TRUE FROM n`,
			`INSERT INTO accounts `+numbers+`SELECT i, 'disabled', FALSE FROM n WHERE i <= 1000`,
			`INSERT INTO accounts `+numbers+`SELECT i, 'too many', FALSE FROM n`)
		f := b.finder(t, func(c *usermap.SQLConfig) { c.Enabling = []usermap.Flag{{Column: "active"}} })
		assert.Len(t, find(t, f, value("enabled")), 2, "as many as prove it ambiguous")
		assert.Len(t, find(t, f, value("disabled")), 1000)
		fails(t, f, value("too many"))

		folded := b.statement(t, `SELECT upper(login) AS value, id, 1 AS enabled FROM accounts WHERE login = lower(?)`)
		fails(t, folded, value("too many"))
		assert.Len(t, find(t, folded, value("ENABLED")), 2)
	})
}

package database_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

func employee() *usermap.Person {
	return &usermap.Person{
		Table: "persons", ForeignKeyColumn: "person", IDColumn: "id", NameColumn: "fullname",
		Enabling:  []usermap.Flag{{Column: "employed"}},
		Disabling: []usermap.Flag{{Column: "marks", Mask: 3}},
	}
}

func TestPersonMustBeEnabledToo(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE persons (id TEXT, fullname TEXT, employed BOOLEAN, marks INTEGER)`,
			`INSERT INTO persons VALUES ('p1', 'Alice A.', TRUE, 0), ('p2', 'Left', FALSE, 0), ('p3', 'Marked', TRUE, 1),
				('p4', 'Unknown', NULL, NULL), (NULL, 'Keyless', TRUE, 0)`,
			`CREATE TABLE accounts (id TEXT, login TEXT, name TEXT, active BOOLEAN, person TEXT)`,
			`INSERT INTO accounts VALUES
				('1', 'alice', 'alice.a', TRUE, 'p1'),
				('2', 'nameless', NULL, TRUE, 'p1'),
				('3', 'account disabled', NULL, FALSE, 'p1'),
				('4', 'left', NULL, TRUE, 'p2'),
				('5', 'marked', NULL, TRUE, 'p3'),
				('6', 'NULL flags', NULL, TRUE, 'p4'),
				('7', 'NULL key', NULL, TRUE, NULL),
				('8', 'dangling key', NULL, TRUE, 'p9'),
				('9', 'NULL key, account disabled', NULL, FALSE, NULL)`)
		finder := func(optional bool) usermap.Finder {
			return b.finder(t, func(c *usermap.SQLConfig) {
				c.NameColumn = "name"
				c.Enabling = []usermap.Flag{{Column: "active"}}
				c.Person = employee()
				c.Person.Optional = optional
			})
		}
		required, optional := finder(false), finder(true)
		for _, c := range []struct{ name, required, optional string }{
			{"alice", "1", "1"},
			{"account disabled", "3-", "3-"},
			{"left", "4-", "4-"},
			{"marked", "5-", "5-"},
			{"NULL flags", "6-", "6-"},
			{"NULL key", "7-", "7"},
			{"dangling key", "8-", "8"},
			{"NULL key, account disabled", "9-", "9-"},
		} {
			t.Run(c.name, func(t *testing.T) {
				assert.Equal(t, []string{c.required}, find(t, required, value(c.name)))
				assert.Equal(t, []string{c.optional}, find(t, optional, value(c.name)))
			})
		}
		for _, want := range []struct {
			login string
			user  usermap.User
		}{
			{"alice", usermap.User{ID: "1", Name: "alice.a", PersonID: "p1", Enabled: true}},
			{"nameless", usermap.User{ID: "2", Name: "Alice A.", PersonID: "p1", Enabled: true}},
			{"dangling key", usermap.User{ID: "8"}},
		} {
			users, err := required.FindUsers(t.Context(), value(want.login))
			require.NoError(t, err)
			assert.Equal(t, []usermap.User{want.user}, users)
		}
	})
}

func TestPersonThatIsThereTwiceAdmitsNobody(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE persons (id TEXT, fullname TEXT, employed BOOLEAN, marks INTEGER)`,
			`INSERT INTO persons VALUES
				('both', NULL, TRUE, 0), ('both', NULL, TRUE, 0),
				('one', NULL, TRUE, 0), ('one', NULL, FALSE, 0),
				('other', NULL, FALSE, 0), ('other', NULL, TRUE, 0),
				('none', NULL, FALSE, 0), ('none', NULL, FALSE, 0)`,
			`CREATE TABLE accounts (id TEXT, login TEXT, person TEXT)`,
			`INSERT INTO accounts VALUES ('1', 'both', 'both'), ('2', 'one', 'one'), ('3', 'other', 'other'), ('4', 'none', 'none')`)
		f := b.finder(t, func(c *usermap.SQLConfig) { c.Person = employee() })
		assert.Equal(t, []string{"1", "1"}, find(t, f, value("both")), "ambiguous")
		fails(t, f, value("one"))
		fails(t, f, value("other"))
		assert.Equal(t, []string{"4-", "4-"}, find(t, f, value("none")), "disabled")
	})
}

func TestPersonFlagThatCannotBeReadIsAFault(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE persons (id TEXT, fullname TEXT, employed BOOLEAN, marks TEXT)`,
			`INSERT INTO persons VALUES ('p1', NULL, FALSE, 'deleted')`,
			`CREATE TABLE accounts (id TEXT, login TEXT, person TEXT)`,
			`INSERT INTO accounts VALUES ('1', 'alice', 'p1')`)
		fails(t, b.finder(t, func(c *usermap.SQLConfig) { c.Person = employee() }), value("alice"))
	})
}

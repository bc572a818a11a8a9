package usermap

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// A Querier is the part of a database that [SQL] needs: a *[sql.DB], *[sql.Conn] or *[sql.Tx]. Of these only a *sql.DB
// serves lookups that run at the same time.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// SQLConfig declares where accounts are. DB, Dialect, Table, Search and Key are required.
//
// Names of tables and columns are ASCII letters, digits, _, $ and #, at most 128 bytes. They are quoted, so databases that
// tell letter case apart in quoted names (PostgreSQL, Oracle) want it as in their catalogue. Only a table's name
// may be qualified, as in "schema.table".
//
// Search, Issuer and Tenant are columns of a variable-length text type. A CHAR column comes back filled up with blanks and matches
// nothing; in a column of numbers or UUIDs other values can fail the lookup. The database should store UTF-8.
type SQLConfig struct {
	DB      Querier
	Dialect Dialect

	Table  string // of the accounts
	Search string // column that holds what is searched for
	Key    string // column for User.ID: unique, never NULL; text or a whole number
	Name   string // column for User.Name; optional

	// Columns that must equal the token's issuer and tenant, so that two connectors stay apart; optional. A
	// row that is NULL here, or a query without the value, does not match.
	Issuer, Tenant string

	// An account is enabled when every enabling column is set and no disabling one is. With none declared, all are.
	Enabling, Disabling []Flag

	Person *Person // nil: accounts are all there is
}

// A Person declares the table that accounts point to by a foreign key. Table, ForeignKey and Key are required.
//
// An account that points to nobody, its foreign key being NULL or dangling, is not enabled, unless Optional.
type Person struct {
	Table      string
	ForeignKey string // column of the account table
	Key        string // column of this table, unique; for User.PersonID
	Name       string // column for User.Name where the account gives none; optional

	Enabling, Disabling []Flag // hold in addition to those of the account

	Optional bool // lets an account that points to nobody be enabled by its own columns alone
}

// A ConfigError is one fault of a configuration. Constructors return all faults they find, joined as by [errors.Join].
type ConfigError struct {
	Field   string // as in "Person.Enabling[0].Column"
	Problem string
}

// Error names the field and its problem.
func (e *ConfigError) Error() string { return "usermap: " + e.Field + ": " + e.Problem }

// faults collects what is wrong with a configuration.
type faults []error

func (f *faults) add(field, problem string) { *f = append(*f, &ConfigError{field, problem}) }

func (f *faults) join() error { return errors.Join(*f...) }

func (f *faults) name(field, name string) {
	if err := checkName(name); err != nil {
		f.add(field, err.Error())
	}
}

func (f *faults) optionalName(field, name string) {
	if name != "" {
		f.name(field, name)
	}
}

func (f *faults) table(field, name string) {
	parts := strings.Split(name, ".")
	if len(parts) > 3 {
		f.add(field, "has more parts than database, schema and table")
		return
	}
	for _, part := range parts {
		if err := checkName(part); err != nil {
			f.add(field, err.Error())
			return
		}
	}
}

func (f *faults) flags(field string, flags []Flag) {
	for i, flag := range flags {
		f.name(fmt.Sprintf("%s[%d].Column", field, i), flag.Column)
	}
}

func (f *faults) db(db Querier) {
	if pool, ok := db.(*sql.DB); db == nil || ok && pool == nil {
		f.add("DB", "is required")
	}
}

func (c *SQLConfig) check() error {
	var f faults
	f.db(c.DB)
	if c.Dialect.syntax() == (syntax{}) {
		f.add("Dialect", "is required")
	}
	f.table("Table", c.Table)
	f.name("Search", c.Search)
	f.name("Key", c.Key)
	f.optionalName("Name", c.Name)
	f.optionalName("Issuer", c.Issuer)
	f.optionalName("Tenant", c.Tenant)
	f.flags("Enabling", c.Enabling)
	f.flags("Disabling", c.Disabling)
	if p := c.Person; p != nil {
		f.table("Person.Table", p.Table)
		f.name("Person.ForeignKey", p.ForeignKey)
		f.name("Person.Key", p.Key)
		f.optionalName("Person.Name", p.Name)
		f.flags("Person.Enabling", p.Enabling)
		f.flags("Person.Disabling", p.Disabling)
	}
	return f.join()
}

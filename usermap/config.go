package usermap

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// A Querier runs the queries of [SQL]. A *[sql.DB], *[sql.Conn] or *[sql.Tx] is one. Only a *sql.DB serves several
// lookups at the same time.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// SQLConfig declares the tables that hold the accounts. DB, Dialect, Table, ValueColumn and
// IDColumn are required.
//
// The name of a table or column consists of ASCII letters, digits, _, $ and #, and has at most 128 bytes. A table's
// name may be qualified, as in "schema.table". Names are quoted in the statement, so on databases that are
// case-sensitive in quoted names (PostgreSQL, Oracle) they must be written as in the catalogue.
//
// ValueColumn, IssuerColumn and TenantColumn must be of a variable-length text type. A CHAR column returns padded values,
// which match nothing. On a column of numbers or UUIDs a lookup fails if the value is not of that type. The database
// should store UTF-8.
type SQLConfig struct {
	// DB runs the queries.
	DB Querier
	// Dialect is the SQL dialect of the database.
	Dialect Dialect

	// Table is the table of the accounts.
	Table string
	// ValueColumn is compared with the claim's value.
	ValueColumn string
	// IDColumn becomes [User.ID]. It must be unique and never NULL; its type is text or an integer.
	IDColumn string
	// NameColumn becomes [User.Name]. It is optional.
	NameColumn string

	// IssuerColumn and TenantColumn must equal the token's issuer and tenant. They are optional. With them, one issuer or
	// tenant cannot name the users of another. A row that is NULL here matches nothing; so does a query without the value.
	IssuerColumn, TenantColumn string

	// Enabling and Disabling are the columns that say whether an account is enabled: it is if every enabling column is
	// set and no disabling column is. If no columns are declared, every account is enabled.
	Enabling, Disabling []Flag

	// Person declares the table of the persons to whom the accounts belong. If nil, only the account is read.
	Person *Person
}

// A Person declares the table that accounts refer to by a foreign key. Table, ForeignKeyColumn and IDColumn are
// required.
//
// An account without a person, because its foreign key is NULL or refers to no row, is disabled unless Optional is
// set.
type Person struct {
	// Table is the table of the persons.
	Table string
	// ForeignKeyColumn is the column of the account table that refers to IDColumn.
	ForeignKeyColumn string
	// IDColumn is the unique column of this table that becomes [User.PersonID].
	IDColumn string
	// NameColumn becomes [User.Name] if the account has no name. It is optional.
	NameColumn string

	// Enabling and Disabling apply in addition to those of the account.
	Enabling, Disabling []Flag

	// Optional enables an account without a person if its own columns do.
	Optional bool
}

// A ConfigError reports one fault of a configuration. Constructors report every fault, joined by [errors.Join].
type ConfigError struct {
	// Field is the path of the field, such as "Person.Enabling[0].Column", or the name of a parameter of [NewStatement].
	Field string
	// Problem says what is wrong with the field.
	Problem string
}

// Error returns the field and its problem.
func (e *ConfigError) Error() string { return "usermap: " + e.Field + ": " + e.Problem }

// faults collects the faults of a configuration.
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

func (f *faults) db(field string, db Querier) {
	if pool, ok := db.(*sql.DB); db == nil || ok && pool == nil {
		f.add(field, "is required")
	}
}

func (c *SQLConfig) check() error {
	var f faults
	f.db("DB", c.DB)
	if c.Dialect.syntax() == (syntax{}) {
		f.add("Dialect", "is required")
	}
	f.table("Table", c.Table)
	f.name("ValueColumn", c.ValueColumn)
	f.name("IDColumn", c.IDColumn)
	f.optionalName("NameColumn", c.NameColumn)
	f.optionalName("IssuerColumn", c.IssuerColumn)
	f.optionalName("TenantColumn", c.TenantColumn)
	f.flags("Enabling", c.Enabling)
	f.flags("Disabling", c.Disabling)
	if p := c.Person; p != nil {
		f.table("Person.Table", p.Table)
		f.name("Person.ForeignKeyColumn", p.ForeignKeyColumn)
		f.name("Person.IDColumn", p.IDColumn)
		f.optionalName("Person.NameColumn", p.NameColumn)
		f.flags("Person.Enabling", p.Enabling)
		f.flags("Person.Disabling", p.Disabling)
	}
	return f.join()
}

package usermap

import (
	"fmt"
	"slices"
	"strings"
)

// NewSQL returns a finder over the tables that c declares. It does not access the database. Its error joins a
// [*ConfigError] for each fault of c.
func NewSQL(c SQLConfig) (*SQL, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	b := builder{syntax: c.Dialect.syntax()}
	l := b.layout(&c)
	b.from(&c)
	b.where(&c)
	return &SQL{db: c.DB, text: b.text(), args: b.bind, comparesTenant: c.TenantColumn != "", layout: l}, nil
}

// The aliases of the two tables. Every column is qualified by an alias, because SQLite reads an unqualified
// "nosuchcolumn" as a string.
const (
	account = "a"
	person  = "p"
)

// builder builds one SELECT statement.
type builder struct {
	syntax
	columns []string
	tables  []string
	bound   []func(*Query) string // The part of the query of each placeholder.
	filters []string
}

// column adds a column and returns its position, or -1 if the name is empty.
func (b *builder) column(table, name string) int {
	if name == "" {
		return -1
	}
	b.columns = append(b.columns, b.qualified(table, name))
	return len(b.columns) - 1
}

func (b *builder) qualified(table, name string) string { return table + "." + b.quote(name) }

func (b *builder) layout(c *SQLConfig) *layout {
	l := &layout{
		value:  b.column(account, c.ValueColumn),
		issuer: b.column(account, c.IssuerColumn),
		tenant: b.column(account, c.TenantColumn),
		id:     b.column(account, c.IDColumn),
		name:   b.column(account, c.NameColumn),
		flags:  b.flags(account, c.Enabling, c.Disabling),
		person: -1, personName: -1,
	}
	if p := c.Person; p != nil {
		l.person = b.column(person, p.IDColumn)
		l.personName = b.column(person, p.NameColumn)
		l.personFlags = b.flags(person, p.Enabling, p.Disabling)
		l.personRequired = !p.Optional
	}
	l.names = slices.Clone(b.columns)
	return l
}

func (b *builder) flags(table string, enabling, disabling []Flag) []flagAt {
	var flags []flagAt
	for _, f := range enabling {
		flags = append(flags, flagAt{Flag: f, at: b.column(table, f.Column)})
	}
	for _, f := range disabling {
		flags = append(flags, flagAt{Flag: f, at: b.column(table, f.Column), disabling: true})
	}
	return flags
}

func (b *builder) from(c *SQLConfig) {
	b.tables = append(b.tables, b.quote(c.Table)+" "+account)
	if p := c.Person; p != nil {
		b.tables = append(b.tables, fmt.Sprintf("%s %s ON %s = %s",
			b.quote(p.Table), person, b.qualified(person, p.IDColumn), b.qualified(account, p.ForeignKeyColumn)))
	}
}

func (b *builder) where(c *SQLConfig) {
	b.filter(c.ValueColumn, func(q *Query) string { return q.Value })
	b.filter(c.IssuerColumn, func(q *Query) string { return q.Issuer })
	b.filter(c.TenantColumn, func(q *Query) string { return q.Tenant })
}

func (b *builder) filter(name string, part func(*Query) string) {
	if name == "" {
		return
	}
	b.bound = append(b.bound, part)
	b.filters = append(b.filters, b.qualified(account, name)+" = "+b.placeholder(len(b.bound)))
}

// bind returns the values of the placeholders, or nil if one of them is empty: an empty text matches no column.
func (b *builder) bind(q Query) []any {
	args := make([]any, len(b.bound))
	for i, part := range b.bound {
		text := part(&q)
		if text == "" {
			return nil
		}
		args[i] = text
	}
	return args
}

func (b *builder) text() string {
	return "SELECT " + strings.Join(b.columns, ", ") +
		"\nFROM " + strings.Join(b.tables, "\nLEFT JOIN ") +
		"\nWHERE " + strings.Join(b.filters, " AND ")
}

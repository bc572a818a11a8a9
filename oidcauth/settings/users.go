package settings

import (
	"database/sql"
	"slices"

	"github.com/knownbearer/knownbearer/usermap"
)

var dialects = map[string]usermap.Dialect{
	"postgresql": usermap.PostgreSQL, "sqlite": usermap.SQLite, "mysql": usermap.MySQL, "sqlserver": usermap.SQLServer, "oracle": usermap.Oracle,
}

// users makes the user store of a node.
func (b *builder) users(at Node, u *users) usermap.Finder {
	if u.SQL == nil {
		entries := make([]usermap.Entry, 0, len(u.List))
		for _, e := range u.List {
			entries = append(entries, usermap.Entry{
				Value: e.Value, Claim: e.Claim.String(), Issuer: e.Issuer, Tenant: e.Tenant,
				User: usermap.User{ID: e.User.ID, Name: e.User.Name, PersonID: e.User.PersonID, Enabled: e.User.Enabled},
			})
		}
		return usermap.NewTable(entries...)
	}
	s := u.SQL
	at, _ = at.member("sql")
	db := b.database(at, s)
	if db == nil {
		return nil
	}
	config := usermap.SQLConfig{
		DB: db, Dialect: dialects[s.Dialect], Table: s.Table, ValueColumn: s.ValueColumn, IDColumn: s.IDColumn, NameColumn: s.NameColumn,
		IssuerColumn: s.IssuerColumn, TenantColumn: s.TenantColumn, Enabling: flags(s.Enabling), Disabling: flags(s.Disabling),
	}
	if p := s.Person; p != nil {
		config.Person = &usermap.Person{
			Table: p.Table, ForeignKeyColumn: p.ForeignKeyColumn, IDColumn: p.IDColumn, NameColumn: p.NameColumn,
			Enabling: flags(p.Enabling), Disabling: flags(p.Disabling), Optional: p.Optional,
		}
	}
	finder, err := usermap.NewSQL(config)
	for _, fault := range parts(err) {
		b.usersFault(at, fault)
	}
	if err != nil {
		return nil
	}
	return finder
}

func (b *builder) usersFault(at Node, err error) {
	fault, ok := err.(*usermap.ConfigError) //nolint:errorlint // NewSQL joins nothing else
	if !ok {
		b.faults.at(at, "the tables cannot be used", err)
		return
	}
	n, path := at.find(at.path, fault.Field)
	b.faults.add(&Error{Line: n.Line, Column: n.Column, Path: path, Problem: fault.Problem})
}

func flags(list []flag) []usermap.Flag {
	var out []usermap.Flag
	for _, f := range list {
		out = append(out, usermap.Flag{Column: f.Column, Mask: f.Mask})
	}
	return out
}

// database opens a database once for each driver and data source.
func (b *builder) database(at Node, s *sqlUsers) *sql.DB {
	dsn := b.secret(&s.DSN)
	if dsn == "" {
		return nil
	}
	key := [2]string{s.Driver, dsn}
	if db := b.databases[key]; db != nil {
		return db
	}
	if db := b.options.watched.database(key); db != nil {
		b.databases[key] = db
		return db
	}
	db, err := b.options.OpenDB(s.Driver, dsn)
	if err != nil {
		n, _ := at.member("driver")
		if drivers := sql.Drivers(); !slices.Contains(drivers, s.Driver) {
			b.faults.unknown(n, "database driver in this program with the name", s.Driver, drivers)
			return nil
		}
		// The error of a driver may contain the data source name.
		b.faults.at(n, "the database cannot be opened: is its data source name correct?", nil)
		return nil
	}
	b.databases[key] = db
	b.opened = append(b.opened, db)
	return db
}

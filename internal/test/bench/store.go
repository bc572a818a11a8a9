package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/knownbearer/knownbearer/internal/test/integration/postgrestest"
	"github.com/knownbearer/knownbearer/usermap"
)

// store holds the users.
type store struct {
	name   string
	finder usermap.Finder
	close  func() error
}

// openStores opens all that can be. A missing PostgreSQL is an error beside the others.
func openStores() (all []store, closeAll func() error, err error) {
	var faults []error
	for _, open := range []func() (store, error){openTable, openSQLite, openPostgres} {
		one, err := open()
		if err != nil {
			faults = append(faults, err)
			continue
		}
		all = append(all, one)
	}
	return all, func() error {
		var faults []error
		for _, one := range all {
			faults = append(faults, one.close())
		}
		return errors.Join(faults...)
	}, errors.Join(faults...)
}

func openTable() (store, error) {
	entries := []usermap.Entry{{Value: login, User: usermap.User{ID: "1", Name: "Alice", Enabled: true}}}
	for i := 2; i <= accounts; i++ {
		entries = append(entries, usermap.Entry{Value: fmt.Sprintf("user-%d", i), User: usermap.User{ID: fmt.Sprint(i), Enabled: true}})
	}
	return store{"usermap.Table", usermap.NewTable(entries...), func() error { return nil }}, nil
}

func openSQLite() (store, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return store{}, err
	}
	remove := func() error { return os.RemoveAll(dir) }
	db, err := sql.Open("sqlite", filepath.Join(dir, "users.sqlite"))
	if err != nil {
		return store{}, errors.Join(err, remove())
	}
	return fill("SQLite", db, usermap.SQLite, remove)
}

// openPostgres starts a server of its own, which ends with close, or with this process.
func openPostgres() (store, error) {
	server, err := postgrestest.Start()
	if err != nil {
		return store{}, err
	}
	db, err := sql.Open("pgx", server.URL())
	if err != nil {
		return store{}, errors.Join(err, server.Stop())
	}
	return fill("PostgreSQL", db, usermap.PostgreSQL, server.Stop)
}

// fill makes the accounts and the finder. stop ends what is behind the connections.
func fill(name string, db *sql.DB, dialect usermap.Dialect, stop func() error) (store, error) {
	end := func() error { return errors.Join(db.Close(), stop()) }
	for _, statement := range []string{
		`CREATE TABLE accounts (id INTEGER PRIMARY KEY, login VARCHAR(100) UNIQUE NOT NULL, name VARCHAR(100), active BOOLEAN)`,
		fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO accounts SELECT i, 'user-' || i, 'User', TRUE FROM n`, accounts),
		`INSERT INTO accounts VALUES (1, '` + login + `', 'Alice', TRUE)`,
		`ANALYZE`,
	} {
		if _, err := db.Exec(statement); err != nil {
			return store{}, errors.Join(err, end())
		}
	}
	finder, err := usermap.NewSQL(usermap.SQLConfig{
		DB: db, Dialect: dialect, Table: "accounts", ValueColumn: "login", IDColumn: "id", NameColumn: "name", Enabling: []usermap.Flag{{Column: "active"}},
	})
	if err != nil {
		return store{}, errors.Join(err, end())
	}
	return store{name, finder, end}, nil
}

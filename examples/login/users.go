package main

import (
	"database/sql"
	_ "embed"

	_ "modernc.org/sqlite" // the driver

	"github.com/knownbearer/knownbearer/usermap"
)

//go:embed users.sql
var accounts string

// demoAccounts returns a database in memory with the accounts of the example.
func demoAccounts() (*sql.DB, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each connection to :memory: has a database of its own
	if _, err := db.Exec(accounts); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// users finds the enabled account of an e-mail.
func users(db *sql.DB) (usermap.Finder, error) {
	return usermap.NewSQL(usermap.SQLConfig{
		DB: db, Dialect: usermap.SQLite,
		Table: "accounts", ValueColumn: "email", IDColumn: "id", NameColumn: "name",
		Enabling: []usermap.Flag{{Column: "active"}},
	})
}

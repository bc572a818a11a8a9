package usermap_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/knownbearer/knownbearer/usermap"
)

func ExampleTable() {
	table := usermap.NewTable(
		usermap.Entry{Value: "alice@example.com", Claim: "email", User: usermap.User{ID: "7", Name: "Alice", Enabled: true}},
		usermap.Entry{Value: "bob@example.com", Claim: "email", User: usermap.User{ID: "8", Name: "Bob"}},
	)
	for _, value := range []string{"alice@example.com", "Alice@Example.com", "bob@example.com"} {
		users, _ := table.FindUsers(context.Background(), usermap.Query{Claim: "email", Value: value})
		fmt.Println(value, len(users))
		for _, u := range users {
			fmt.Println("  ", u.ID, u.Name, "enabled:", u.Enabled)
		}
	}
	// Output:
	// alice@example.com 1
	//    7 Alice enabled: true
	// Alice@Example.com 0
	// bob@example.com 1
	//    8 Bob enabled: false
}

func ExampleFinderFunc() {
	type customer struct{ plan string }
	errDown := errors.New("directory is down")

	var finder usermap.Finder = usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
		switch q.Value {
		case "alice":
			return []usermap.User{{ID: "7", Enabled: true, Value: customer{plan: "gold"}}}, nil
		case "down":
			return nil, errDown // The lookup failed. This says nothing about the user.
		}
		return nil, nil // no user has that name
	})

	for _, value := range []string{"alice", "mallory", "down"} {
		users, err := finder.FindUsers(context.Background(), usermap.Query{Value: value})
		fmt.Println(value, users, err)
	}
	// Output:
	// alice [{7   true {gold}}] <nil>
	// mallory [] <nil>
	// down [] directory is down
}

func ExampleSQL() {
	db := openDB() // a *sql.DB

	finder, err := usermap.NewSQL(usermap.SQLConfig{
		DB:          db,
		Dialect:     usermap.PostgreSQL,
		Table:       "auth.accounts",
		ValueColumn: "login",
		IDColumn:    "id",
		Enabling:    []usermap.Flag{{Column: "active"}},
		Disabling:   []usermap.Flag{{Column: "xmarkedfordeletion", Mask: 3}},
		Person:      &usermap.Person{Table: "hr.persons", ForeignKeyColumn: "person_id", IDColumn: "id", Disabling: []usermap.Flag{{Column: "left_company"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(finder.Statement())

	// An attacker's value is bound. This one contains a NUL, so it is not even sent.
	users, err := finder.FindUsers(context.Background(), usermap.Query{Value: "alice\x00' OR 1=1 --"})
	fmt.Println(users, err)

	// Names of columns are checked too.
	_, err = usermap.NewSQL(usermap.SQLConfig{DB: db, Dialect: usermap.SQLite, Table: "accounts", ValueColumn: `login" OR 1=1 --`, IDColumn: "id"})
	fmt.Println(err)
	// Output:
	// SELECT a."login", a."id", a."active", a."xmarkedfordeletion", p."id", p."left_company"
	// FROM "auth"."accounts" a
	// LEFT JOIN "hr"."persons" p ON p."id" = a."person_id"
	// WHERE a."login" = $1
	// [] <nil>
	// usermap: ValueColumn: is not a name: ASCII letters, digits, _, $ and # are allowed, a letter or _ first
}

func ExampleNewStatement() {
	text := `SELECT l.name AS value, a.id, a.active AND NOT a.locked AS enabled, l.tenant
		FROM logins l JOIN accounts a ON a.id = l.account WHERE l.name = $1 AND l.tenant = $2`
	finder, err := usermap.NewStatement(openDB(), text, func(q usermap.Query) []any { return []any{q.Value, q.Tenant} })
	fmt.Println(finder.ComparesTenant(), err)

	_, err = usermap.NewStatement(openDB(), "SELECT * FROM accounts", func(usermap.Query) []any { return nil })
	fmt.Println(err)
	// Output:
	// true <nil>
	// usermap: args: must bind Query.Value
}

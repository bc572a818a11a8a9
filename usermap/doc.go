// Package usermap finds the local users that a verified claim names.
//
// A [Finder] returns every [User] that matches a [Query]. The package has three: [Table] keeps its users in memory;
// [SQL] queries a database, through [NewSQL] by declared tables or through [NewStatement] by your own statement;
// [FinderFunc] is your own function.
//
//	users, err := usermap.NewSQL(usermap.SQLConfig{
//		DB:          db, // a *sql.DB
//		Dialect:     usermap.PostgreSQL,
//		Table:       "accounts",
//		ValueColumn: "login",
//		IDColumn:    "id",
//		Enabling:    []usermap.Flag{{Column: "active"}},
//		Disabling:   []usermap.Flag{{Column: "marked_for_deletion", Mask: 3}},
//	})
//
// # Who decides
//
// A finder reports matches and does not judge them. It returns enabled and disabled users, and several if several
// match. The caller accepts only a single enabled user, and so can tell "ambiguous", "disabled" and "not found"
// apart. An error means that the lookup failed. It says nothing about the user.
//
// # Exactness
//
// [Table] and [SQL] match a value only if it is equal byte for byte. Databases compare more loosely: collations fold
// case, accents and trailing blanks. [SQL] therefore compares each row again. No value is normalised. An empty value
// matches no user.
//
// # Checking a configuration
//
// The constructors do not access the database. To check tables, columns and permissions at start, look up any value:
// if the result has no user and no error, they fit.
package usermap

// Package usermap finds the local users that a verified claim value names.
//
// A [Finder] gets a [Query], made from a verified token, and returns every [User] that matches. Three finders are here:
// [Table] holds its users in memory, [SQL] asks a database ([NewSQL] by a declared table, [NewStatement] by a statement of the
// caller's own), and [FinderFunc] is the caller's own function.
//
//	users, err := usermap.NewSQL(usermap.SQLConfig{
//		DB:        db, // a *sql.DB
//		Dialect:   usermap.PostgreSQL,
//		Table:     "accounts",
//		Search:    "login",
//		Key:       "id",
//		Enabling:  []usermap.Flag{{Column: "active"}},
//		Disabling: []usermap.Flag{{Column: "marked_for_deletion", Mask: 3}},
//	})
//
// # Who decides
//
// A finder reports, it does not judge: it returns enabled and disabled users, several if there are several. Whoever asked insists on
// exactly one enabled user, and so can tell "ambiguous", "disabled" and "not found" apart. An error means that the lookup itself
// failed, and says nothing about the user.
//
// # Exactness
//
// [Table] and [SQL] match a value only if it is the same, byte for byte. Databases compare more loosely (collations fold letter case,
// accents and trailing blanks), therefore [SQL] compares each row once more. No value is normalised. An empty value matches nobody.
//
// # Checking a configuration
//
// A statement meets its database at the first lookup. To find out at start whether its tables, columns and permissions
// fit, look up any value: no user and no error means that they do.
package usermap

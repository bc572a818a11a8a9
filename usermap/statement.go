package usermap

import (
	"reflect"
	"strconv"
	"strings"
)

// NewStatement returns a finder that executes a statement of your own. It does not access the database. Its error joins
// a [*ConfigError] for each fault. All parameters are required.
//
// The text is a query with the placeholders of its database, and args returns the values of the placeholders, in order:
//
//	usermap.NewStatement(db, "SELECT … WHERE login = $1 AND tenant = $2", func(q usermap.Query) []any {
//		return []any{q.Value, q.Tenant}
//	})
//
// Args may convert a value to the type of its column, and returns nil if no user can have it: the database is then not
// asked. It must depend on nothing but the query, and be safe for concurrent use. NewStatement calls it with made-up
// queries. It refuses one whose values do not change with Query.Value, and learns whether they change with Query.Tenant
// ([SQL.ComparesTenant]).
//
// The columns of the result are identified by name, in any case and order:
//
//	value      the searched value, as it is stored
//	id         becomes User.ID; never NULL
//	enabled    is read like an enabling Flag without a mask
//	name       becomes User.Name; optional
//	person_id  becomes User.PersonID; optional
//	issuer     must equal the query's issuer; optional
//	tenant     must equal the query's tenant; optional
//
// A missing, unknown or repeated column fails every lookup with a [*ConfigError], because an optional column with a
// misspelt name would silently not be compared. Select the stored column as value: a statement that returns the bound
// value itself disables the exact comparison.
func NewStatement(db Querier, text string, args func(Query) []any) (*SQL, error) {
	var f faults
	f.db("db", db)
	if strings.TrimSpace(text) == "" {
		f.add("text", "is required")
	}
	switch {
	case args == nil:
		f.add("args", "is required")
	case !binds(args, func(q *Query, text string) { q.Value = text }):
		f.add("args", "must bind Query.Value")
	}
	if err := f.join(); err != nil {
		return nil, err
	}
	tenant := binds(args, func(q *Query, text string) { q.Tenant = text })
	return &SQL{db: db, text: text, args: args, comparesTenant: tenant}, nil
}

// samples are pairs of texts that args may be able to convert: numbers and UUIDs.
var samples = [...][2]string{
	{"1", "2"},
	{"00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"},
}

// binds reports whether one of the bound values changes with a part of the query. A value that changes between equal
// queries, such as a time, does not count.
func binds(args func(Query) []any, set func(q *Query, text string)) bool {
	for _, rest := range samples {
		for _, pair := range samples {
			one := Query{Issuer: "https://issuer.example", Tenant: rest[0], Subject: rest[0], Claim: "sub", Value: rest[0]}
			set(&one, pair[0])
			other := one
			set(&other, pair[1])
			if differ(args(one), args(one), args(other)) {
				return true
			}
		}
	}
	return false
}

func differ(first, again, other []any) bool {
	for i := range min(len(first), len(again), len(other)) {
		if reflect.DeepEqual(first[i], again[i]) && !reflect.DeepEqual(first[i], other[i]) {
			return true
		}
	}
	return false
}

func layoutByName(columns []string) (*layout, error) {
	var f faults
	at := map[string]int{"value": -1, "id": -1, "enabled": -1, "name": -1, "person_id": -1, "issuer": -1, "tenant": -1}
	for i, column := range columns {
		name := strings.ToLower(column)
		before, known := at[name]
		switch {
		case !known:
			f.add("text", "returns an unknown column "+strconv.Quote(column))
		case before >= 0:
			f.add("text", "returns two columns "+strconv.Quote(name))
		default:
			at[name] = i
		}
	}
	for _, name := range []string{"value", "id", "enabled"} {
		if at[name] < 0 {
			f.add("text", "returns no column "+strconv.Quote(name))
		}
	}
	l := &layout{
		names: columns,
		value: at["value"], id: at["id"], issuer: at["issuer"], tenant: at["tenant"], name: at["name"],
		flags:  []flagAt{{Flag: Flag{Column: "enabled"}, at: at["enabled"]}},
		person: at["person_id"], personName: -1, // There are no flags: only the column enabled counts.
	}
	return l, f.join()
}

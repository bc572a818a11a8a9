package usermap

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An Arg names the part of a [Query] that a placeholder is bound to.
type Arg int

// The parts of a query. The zero Arg is invalid.
const (
	ArgValue Arg = iota + 1
	ArgIssuer
	ArgTenant
	ArgSubject
)

func (a Arg) of(q *Query) string {
	switch a {
	case ArgIssuer:
		return q.Issuer
	case ArgTenant:
		return q.Tenant
	case ArgSubject:
		return q.Subject
	}
	return q.Value
}

// StatementConfig declares a statement of your own. All fields are required.
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
type StatementConfig struct {
	// DB runs the queries.
	DB Querier
	// Text is a query with the placeholders of its database.
	Text string
	// Args lists what is bound to the placeholders, in order. One of them must be ArgValue. An issuer, tenant or
	// subject may be empty.
	Args []Arg
}

// NewStatement returns a finder that executes the statement that c declares. It does not access the database. Its
// error joins a [*ConfigError] for each fault of c.
func NewStatement(c StatementConfig) (*SQL, error) {
	var f faults
	f.db(c.DB)
	if strings.TrimSpace(c.Text) == "" {
		f.add("Text", "is required")
	}
	if !slices.Contains(c.Args, ArgValue) {
		f.add("Args", "must contain ArgValue")
	}
	for i, a := range c.Args {
		if a < ArgValue || a > ArgSubject {
			f.add(fmt.Sprintf("Args[%d]", i), "is not a valid Arg")
		}
	}
	if err := f.join(); err != nil {
		return nil, err
	}
	return &SQL{db: c.DB, text: c.Text, args: slices.Clone(c.Args), allowEmpty: true}, nil
}

func layoutByName(columns []string) (*layout, error) {
	var f faults
	at := map[string]int{"value": -1, "id": -1, "enabled": -1, "name": -1, "person_id": -1, "issuer": -1, "tenant": -1}
	for i, column := range columns {
		name := strings.ToLower(column)
		before, known := at[name]
		switch {
		case !known:
			f.add("Text", "returns an unknown column "+strconv.Quote(column))
		case before >= 0:
			f.add("Text", "returns two columns "+strconv.Quote(name))
		default:
			at[name] = i
		}
	}
	for _, name := range []string{"value", "id", "enabled"} {
		if at[name] < 0 {
			f.add("Text", "returns no column "+strconv.Quote(name))
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

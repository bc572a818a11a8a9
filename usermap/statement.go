package usermap

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An Arg is the part of a [Query] that a statement binds.
type Arg int

// The parts of a query. The zero Arg is none of them.
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

// StatementConfig is a statement of the caller's own. All fields are required.
//
// The columns of its result go by name, whatever their letter case and order:
//
//	value      the value searched, as stored
//	id         for User.ID; never NULL
//	enabled    read like an enabling Flag without a mask
//	name       for User.Name; optional
//	person_id  for User.PersonID; optional
//	issuer     must equal the query's issuer; optional
//	tenant     must equal the query's tenant; optional
//
// A column that is missing, unknown or there twice fails every lookup with a [*ConfigError]: an optional column with
// a misspelt name would otherwise quietly not be compared. To return the bound value itself as the value, instead of the
// column, gives away the exact comparison.
type StatementConfig struct {
	DB   Querier
	Text string // a query with the placeholders of its database
	Args []Arg  // what is bound to them, in order; ArgValue is one. An issuer, tenant or subject may be empty.
}

// NewStatement returns a finder that executes a statement of the caller's own. Its error joins a [*ConfigError] for each fault. The
// database is not asked yet.
func NewStatement(c StatementConfig) (*SQL, error) {
	var f faults
	f.db(c.DB)
	if strings.TrimSpace(c.Text) == "" {
		f.add("Text", "is required")
	}
	if !slices.Contains(c.Args, ArgValue) {
		f.add("Args", "must have ArgValue")
	}
	for i, a := range c.Args {
		if a < ArgValue || a > ArgSubject {
			f.add(fmt.Sprintf("Args[%d]", i), "is no Arg")
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
		person: at["person_id"], personName: -1, // and without flags: only enabled counts
	}
	return l, f.join()
}

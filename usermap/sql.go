package usermap

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The most that goes to, and comes from, a database for one lookup.
const (
	maxValue = 1 << 10 // bytes
	maxRows  = 1000
)

// SQL is a [Finder] over a database, made by [NewSQL] or [NewStatement]. The zero value only fails. It is immutable, so
// concurrent lookups are as safe as its [Querier].
//
// A row matches when the value searched, and the issuer and tenant where there are such columns, are exactly those of the query.
// Values are bound, never part of the statement. One that is empty, longer than 1 KiB, not UTF-8, or holds a NUL matches
// nobody and never reaches the database; so does an issuer, tenant or subject that is bound, but for an empty one in a
// statement of the caller's own.
//
// Two rows are two users, also if they have one ID: a join that multiplies rows makes a user ambiguous. When rows with one ID
// disagree on whether the only enabled user is enabled, the lookup fails.
//
// Enabled users come first. Reading stops at the second enabled one; more than 1000 rows before that fail the lookup.
type SQL struct {
	db         Querier
	text       string
	args       []Arg
	allowEmpty bool    // of what is bound, except the value
	layout     *layout // nil: by the names of the columns
}

var (
	errZeroSQL  = errors.New("usermap: SQL was not made by NewSQL or NewStatement")
	errManyRows = fmt.Errorf("usermap: the database returned more than %d rows for one value", maxRows)
	errTwofold  = errors.New("usermap: one ID is both enabled and not: the key of the accounts, or of the persons, is not unique")
)

// Statement returns the text of the statement that lookups execute.
func (s *SQL) Statement() string { return s.text }

// ComparesTenant tells whether the statement binds the tenant.
func (s *SQL) ComparesTenant() bool { return slices.Contains(s.args, ArgTenant) }

// FindUsers asks the database. Errors wrap the cause, including ctx's; their text leaves the cause's out if that repeats the
// value searched, the subject or the tenant.
func (s *SQL) FindUsers(ctx context.Context, q Query) ([]User, error) {
	if s == nil || s.db == nil {
		return nil, errZeroSQL
	}
	args, ok := s.bind(&q)
	if !ok {
		return nil, nil
	}
	rows, err := s.db.QueryContext(ctx, s.text, args...)
	if err != nil {
		return nil, newLookupError("query", err, &q)
	}
	users, err := s.read(rows, &q)
	if closeErr := rows.Close(); closeErr != nil && err == nil {
		return nil, newLookupError("close", closeErr, &q)
	}
	return users, err
}

// bind is not ok when no row can match.
func (s *SQL) bind(q *Query) ([]any, bool) {
	args := make([]any, len(s.args))
	for i, arg := range s.args {
		v := arg.of(q)
		empty := v == "" && !(s.allowEmpty && arg != ArgValue)
		// PostgreSQL fails on NUL and broken UTF-8, and a token must not be able to make the database look broken.
		if empty || len(v) > maxValue || strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
			return nil, false
		}
		args[i] = v
	}
	return args, true
}

func (s *SQL) read(rows *sql.Rows, q *Query) ([]User, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, newLookupError("columns", err, q)
	}
	l := s.layout
	if l == nil {
		if l, err = layoutByName(columns); err != nil {
			return nil, err
		}
	}
	row, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		targets[i] = &row[i]
	}
	var found matches
	for n := 0; !found.ambiguous() && rows.Next(); n++ {
		if n == maxRows {
			return nil, errManyRows
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, newLookupError("scan", err, q)
		}
		u, ok, err := l.user(row, q)
		if err != nil {
			return nil, err
		}
		if ok {
			found.add(u)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, newLookupError("rows", err, q)
	}
	return found.users()
}

// matches are the users found so far.
type matches struct{ enabled, disabled []User }

func (m *matches) add(u User) {
	if u.Enabled {
		m.enabled = append(m.enabled, u)
	} else {
		m.disabled = append(m.disabled, u)
	}
}

func (m *matches) ambiguous() bool { return len(m.enabled) > 1 }

// users refuses to let one row of an account speak against another: two persons with one key would admit
// an account by the enabled one of them.
func (m *matches) users() ([]User, error) {
	if len(m.enabled) == 1 {
		for _, u := range m.disabled {
			if u.ID == m.enabled[0].ID {
				return nil, errTwofold
			}
		}
	}
	return append(m.enabled, m.disabled...), nil
}

package usermap

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/knownbearer/knownbearer/internal/nearmiss"
)

// The limits of one lookup: the longest value that is sent, and the most rows that are read.
const (
	maxValue = 1 << 10 // bytes
	maxRows  = 1000
)

// SQL is a [Finder] over a database. [NewSQL] or [NewStatement] makes one; the lookups of a zero SQL fail. It is
// immutable, and safe for concurrent use if its [Querier] is.
//
// A row matches if its value equals the query's exactly, and so do its issuer and tenant if there are such columns.
// Values are bound, never part of the statement's text. A value that is empty, longer than 1 KiB, not UTF-8 or
// contains a NUL matches no user and is not sent to the database. The same holds for every other text that is bound,
// except that it may be empty in a statement of your own.
//
// Two rows are two users, even if they have the same ID: a join that multiplies rows makes a user ambiguous. If rows
// of the only enabled user's ID disagree about whether it is enabled, the lookup fails.
//
// Enabled users come first in the result. Reading stops at the second enabled user. A lookup that reads more than
// 1000 rows fails.
type SQL struct {
	db             Querier
	text           string
	args           func(Query) []any // If it returns nil, no row can match.
	comparesTenant bool
	layout         *layout // If nil, the names of the columns determine it.
}

var (
	errZeroSQL  = errors.New("usermap: SQL was not made by NewSQL or NewStatement")
	errManyRows = fmt.Errorf("usermap: the database returned more than %d rows for one value", maxRows)
	errTwofold  = errors.New("usermap: the same ID is both enabled and disabled: the key of the accounts or of the persons is not unique")
)

// Statement returns the text of the statement that each lookup executes.
func (s *SQL) Statement() string { return s.text }

// ComparesTenant reports whether the statement binds the tenant. See [TenantComparer].
func (s *SQL) ComparesTenant() bool { return s.comparesTenant }

// FindUsers queries the database. Its errors wrap the cause, ctx.Err() included. An error's text leaves out the text
// of the cause if that repeats the searched value, the subject or the tenant.
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
	users, err := s.read(ctx, rows, &q)
	if closeErr := rows.Close(); closeErr != nil && err == nil {
		return nil, newLookupError("close", closeErr, &q)
	}
	return users, err
}

// bind returns the values to bind. ok is false if no row can match.
func (s *SQL) bind(q *Query) (args []any, ok bool) {
	if q.Value == "" || !sendable(q.Value) {
		return nil, false
	}
	if args = s.args(*q); args == nil {
		return nil, false
	}
	for _, arg := range args {
		if named, ok := arg.(sql.NamedArg); ok {
			arg = named.Value
		}
		if text, ok := arg.(string); ok && !sendable(text) {
			return nil, false
		}
	}
	return args, true
}

// sendable reports whether a text is bound. PostgreSQL fails on NUL and invalid UTF-8, so that without this check a token
// could make the database look broken.
func sendable(text string) bool {
	return len(text) <= maxValue && !strings.ContainsRune(text, 0) && utf8.ValidString(text)
}

func (s *SQL) read(ctx context.Context, rows *sql.Rows, q *Query) ([]User, error) {
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
		} else if l.differsByCase(row, q) {
			nearmiss.InOtherCase(ctx)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, newLookupError("rows", err, q)
	}
	return found.users()
}

// matches holds the users found so far.
type matches struct{ enabled, disabled []User }

func (m *matches) add(u User) {
	if u.Enabled {
		m.enabled = append(m.enabled, u)
	} else {
		m.disabled = append(m.disabled, u)
	}
}

func (m *matches) ambiguous() bool { return len(m.enabled) > 1 }

// users returns an error if two rows of one account disagree. If two persons have the same key, the enabled person
// must not enable the account of the other.
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

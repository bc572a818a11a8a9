package usermap

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// layout holds the position of each part of a user in a row.
type layout struct {
	names                []string // The names of the columns, for errors.
	value, id            int
	issuer, tenant, name int // -1 if there is no such column.
	flags                []flagAt

	person, personName int // -1 if there is no such column.
	personFlags        []flagAt
	personRequired     bool
}

type flagAt struct {
	Flag
	at        int
	disabling bool
}

var (
	errText = errors.New("is not text")
	errKey  = errors.New("is empty; it must identify the account")
)

// user returns the user of a row. ok is false if the row does not match the query exactly.
func (l *layout) user(row []any, q *Query) (u User, ok bool, err error) {
	if ok, err = l.exact(row, q); !ok {
		return User{}, false, err
	}
	var name, personName string
	err = errors.Join(
		l.text(row, l.id, &u.ID),
		l.text(row, l.name, &name),
		l.text(row, l.person, &u.PersonID),
		l.text(row, l.personName, &personName),
	)
	if err == nil && u.ID == "" {
		err = l.fail(l.id, errKey)
	}
	if err != nil {
		return User{}, false, err
	}
	u.Name = name
	if name == "" {
		u.Name = personName
	}
	u.Enabled, err = l.enabled(row)
	return u, err == nil, err
}

// exact compares again what the database compared, because a collation may fold case or trailing blanks.
func (l *layout) exact(row []any, q *Query) (bool, error) {
	for _, c := range []struct {
		at   int
		want string
	}{{l.value, q.Value}, {l.issuer, q.Issuer}, {l.tenant, q.Tenant}} {
		if c.at < 0 {
			continue
		}
		var got string
		if err := l.text(row, c.at, &got); err != nil {
			return false, err
		}
		if row[c.at] == nil || got != c.want {
			return false, nil
		}
	}
	return true, nil
}

// differsByCase reports whether a row that does not match would match if its value had another case.
func (l *layout) differsByCase(row []any, q *Query) bool {
	folded := *q
	if err := l.text(row, l.value, &folded.Value); err != nil || !strings.EqualFold(folded.Value, q.Value) || folded.Value == q.Value {
		return false
	}
	ok, err := l.exact(row, &folded)
	return ok && err == nil
}

func (l *layout) enabled(row []any) (bool, error) {
	enabled, err := l.allow(row, l.flags)
	if err != nil || l.person < 0 {
		return enabled, err
	}
	if row[l.person] == nil { // The outer join found no person, so all columns of the person are NULL.
		return enabled && !l.personRequired, nil
	}
	personEnabled, err := l.allow(row, l.personFlags)
	return enabled && personEnabled, err
}

// allow reads every flag, even after one that disables the user, so that an unreadable flag always fails.
func (l *layout) allow(row []any, flags []flagAt) (bool, error) {
	allowed := true
	for _, f := range flags {
		set, err := f.isSet(row[f.at], f.disabling)
		if err != nil {
			return false, l.fail(f.at, err)
		}
		allowed = allowed && set != f.disabling
	}
	return allowed, nil
}

// text stores a column in s. It leaves s unchanged if the column is absent or NULL.
func (l *layout) text(row []any, at int, s *string) error {
	if at < 0 || row[at] == nil {
		return nil
	}
	switch v := row[at].(type) {
	case string:
		*s = v
	case []byte:
		*s = string(v)
	case uint64:
		*s = strconv.FormatUint(v, 10)
	default:
		n, ok := wholeNumber(v)
		if !ok {
			return l.fail(at, errText)
		}
		*s = strconv.FormatInt(n, 10)
	}
	return nil
}

// fail returns an error that names the column, but not its value.
func (l *layout) fail(at int, err error) error {
	return fmt.Errorf("usermap: column %s %w", l.names[at], err)
}

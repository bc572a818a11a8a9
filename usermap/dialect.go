package usermap

import (
	"errors"
	"strconv"
	"strings"
)

// A Dialect is the way in which a database quotes names and marks bound values. The zero value is no dialect;
// [NewSQL] refuses it.
type Dialect int

// The dialects. MySQL is also that of MariaDB.
const (
	PostgreSQL Dialect = iota + 1
	SQLite
	MySQL
	SQLServer
	Oracle
)

// syntax is the zero value for an unknown dialect.
type syntax struct {
	open, close string // The characters that enclose a name.
	mark        string // The mark of a bound value. If numbered, its position follows.
	numbered    bool
}

func (d Dialect) syntax() syntax {
	switch d {
	case PostgreSQL:
		return syntax{`"`, `"`, "$", true}
	case SQLite:
		return syntax{`"`, `"`, "?", false}
	case MySQL:
		return syntax{"`", "`", "?", false}
	case SQLServer:
		return syntax{"[", "]", "@p", true}
	case Oracle:
		return syntax{`"`, `"`, ":", true}
	}
	return syntax{}
}

func (s syntax) placeholder(n int) string {
	if !s.numbered {
		return s.mark
	}
	return s.mark + strconv.Itoa(n)
}

// quote encloses a name. It escapes nothing, because checkName allows no character that needs it.
func (s syntax) quote(name string) string {
	return s.open + strings.ReplaceAll(name, ".", s.close+"."+s.open) + s.close
}

const maxName = 128 // The longest name that one of the databases accepts.

// checkName returns an error if a table or column cannot have this name.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("is required")
	case len(name) > maxName:
		return errors.New("is longer than " + strconv.Itoa(maxName) + " bytes")
	}
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		later := '0' <= c && c <= '9' || c == '$' || c == '#'
		if !letter && (i == 0 || !later) {
			return errors.New("is not a name: ASCII letters, digits, _, $ and # are allowed, a letter or _ first")
		}
	}
	return nil
}

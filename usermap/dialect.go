package usermap

import (
	"errors"
	"strconv"
	"strings"
)

// A Dialect is how a database quotes names and marks bound values. There is no default: the zero value is refused by [NewSQL].
type Dialect int

// The dialects. MySQL is MariaDB's too.
const (
	PostgreSQL Dialect = iota + 1
	SQLite
	MySQL
	SQLServer
	Oracle
)

// syntax is empty for a value that is no dialect.
type syntax struct {
	open, close string // around a name
	mark        string // of a bound value
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

// quote needs no escapes: a name that passed checkName has nothing to escape.
func (s syntax) quote(name string) string {
	return s.open + strings.ReplaceAll(name, ".", s.close+"."+s.open) + s.close
}

const maxName = 128 // the longest that any of the databases takes

// checkName says whether a table or column may have this name.
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

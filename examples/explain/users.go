package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/usermap"
)

// userColumns lists the names of -user-column.
var userColumns = []string{"value", "id", "name", "enabled", "disabled", "issuer", "tenant"}

// userTable reads -users. Its errors name lines and columns, and no values.
func (o options) userTable() (*usermap.Table, error) {
	columns := map[string]string{}
	for _, text := range o.columns {
		name, column, _ := strings.Cut(text, "=")
		if !slices.Contains(userColumns, name) || column == "" {
			return nil, fmt.Errorf("-user-column %q is not NAME=COLUMN with one of the names %s", text, strings.Join(userColumns, ", "))
		}
		columns[name] = column
	}
	text, err := os.ReadFile(o.users)
	if err != nil {
		return nil, err
	}
	read := readCSV
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && trimmed[0] == '[' {
		read = readObjects
	}
	rows, err := read(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.users, err)
	}
	entries, err := usersOf(rows, columns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.users, err)
	}
	return usermap.NewTable(entries...), nil
}

// row is one user: the texts of its columns.
type row map[string]string

func readCSV(text []byte) ([]row, error) {
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, errors.New("is empty: the first line has the names of the columns")
	}
	rows := make([]row, 0, len(lines)-1)
	for _, line := range lines[1:] {
		r := row{}
		for i, cell := range line {
			r[strings.TrimSpace(lines[0][i])] = cell
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func readObjects(text []byte) ([]row, error) {
	var objects []map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&objects); err != nil {
		return nil, errors.New("is not a JSON list of objects")
	}
	rows := make([]row, 0, len(objects))
	for i, o := range objects {
		r := row{}
		for name, v := range o {
			switch v := v.(type) {
			case nil:
				r[name] = ""
			case string, bool, json.Number:
				r[name] = fmt.Sprint(v)
			default:
				return nil, fmt.Errorf("member %q of user %d is neither text, number nor boolean", name, i+1)
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// usersOf makes the entries of the rows. columns maps names to columns; a column that it does not map has the name itself.
func usersOf(rows []row, columns map[string]string) ([]usermap.Entry, error) {
	column := func(name string) string {
		if c := columns[name]; c != "" {
			return c
		}
		return name
	}
	entries := make([]usermap.Entry, 0, len(rows))
	for i, r := range rows {
		for _, name := range userColumns {
			if _, ok := r[column(name)]; !ok && (name == "value" || columns[name] != "") {
				return nil, fmt.Errorf("user %d has no column %q, but %q: name the column by -user-column %s=COLUMN", i+1, column(name), slices.Sorted(maps.Keys(r)), name)
			}
		}
		value := r[column("value")]
		u := usermap.User{ID: r[column("id")], Name: r[column("name")], Enabled: true}
		if u.ID == "" {
			u.ID = value
		}
		enabled, hasEnabled := r[column("enabled")]
		switch set, known := truth(enabled); {
		case !hasEnabled:
		case !known:
			return nil, fmt.Errorf("column %q of user %d is neither true nor false", column("enabled"), i+1)
		default:
			u.Enabled = set
		}
		// As for usermap.Flag, a reason or a date disables too.
		if disabled, known := truth(r[column("disabled")]); disabled || !known {
			u.Enabled = false
		}
		entries = append(entries, usermap.Entry{Value: value, Issuer: r[column("issuer")], Tenant: r[column("tenant")], User: u})
	}
	return entries, nil
}

// truth reads a flag as usermap.Flag does. known is false for another text.
func truth(text string) (set, known bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "0", "f", "false", "n", "no", "off":
		return false, true
	case "1", "t", "true", "y", "yes", "on", "x":
		return true, true
	}
	return false, false
}

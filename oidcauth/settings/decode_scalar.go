package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// text reads a text that is not empty.
func (d *decoder) text(n Node, set func(string) error) {
	s, ok := n.Value.(string)
	switch {
	case !ok && isScalar(n):
		d.faults.at(n, "is "+n.kind()+", and a text is expected: write it in quotation marks", nil)
	case !ok:
		d.faults.at(n, "is "+n.kind()+", and a text is expected", nil)
	case strings.TrimSpace(s) == "":
		d.faults.at(n, "is empty", nil)
	default:
		err := set(s)
		var syntax *claims.CheckSyntaxError
		if errors.As(err, &syntax) {
			d.faults.at(n, fmt.Sprintf("is no check, at byte %d of the text: %s", syntax.Offset, syntax.Problem), nil)
			return
		}
		if unknown, ok := err.(*Error); ok { //nolint:errorlint // made here
			unknown.Line, unknown.Column, unknown.Path = n.Line, n.Column, n.path
			d.faults.add(unknown)
		} else if err != nil {
			d.faults.at(n, "cannot be read", err)
		}
	}
}

func isScalar(n Node) bool {
	switch n.Value.(type) {
	case bool, json.Number:
		return true
	}
	return false
}

// unknownValue returns an error if the tag lists values, and the text is not one of them.
func unknownValue(s string, tag reflect.StructTag) error {
	enum := strings.Fields(tag.Get("enum"))
	if len(enum) == 0 || slices.Contains(enum, s) {
		return nil
	}
	return &Error{Problem: fmt.Sprintf("%q is not one of %s", clip(s), strings.Join(enum, ", ")), Suggestion: nearest(s, enum)}
}

// maxInteger is the largest number that every reader of JSON keeps.
const maxInteger = 1<<53 - 1

func (d *decoder) integer(n Node, v reflect.Value, tag reflect.StructTag) {
	number, ok := n.Value.(json.Number)
	value, whole := strictjson.Decimal(number).Int64()
	switch {
	case !ok, !whole:
		d.faults.at(n, "is "+n.kind()+", and a whole number is expected", nil)
		return
	case value > maxInteger:
		d.faults.at(n, "is too large", nil)
		return
	}
	if least, err := strconv.ParseInt(tag.Get("min"), 10, 64); err == nil && value < least {
		d.faults.at(n, fmt.Sprintf("is less than %d", least), nil)
	}
	v.SetInt(value)
}

// share reads a number between 0 and 1.
func (d *decoder) share(n Node, v reflect.Value) {
	number, ok := n.Value.(json.Number)
	value, err := strconv.ParseFloat(string(number), 64)
	if !ok || err != nil || value < 0 || value > 1 {
		d.faults.at(n, "is not a number between 0 and 1", nil)
		return
	}
	v.SetFloat(value)
}

func (d *decoder) boolean(n Node, v reflect.Value, tag reflect.StructTag) {
	value, ok := n.Value.(bool)
	if !ok {
		d.faults.at(n, "is "+n.kind()+", and true or false is expected", nil)
	}
	if tag.Get("only") == "true" && ok && !value {
		d.faults.at(n, "is false, which says nothing: leave it out", nil)
	}
	v.SetBool(value)
}

package usermap

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Flag is a column that enables or disables a user. Without a mask, the column is set unless it is NULL, false, 0
// or empty.
//
// Text is read without trailing blanks and regardless of case. A number counts as that number. "f", "false", "n",
// "no", "off" and MySQL's bit 0 are not set. "t", "true", "y", "yes", "on", "x" and MySQL's bit 1 are set. Any other
// text counts against the user: it sets a disabling column, which may hold a reason or a date, and it fails the
// lookup in an enabling column, which may hold "inactive".
//
// A point in time is set. A value that cannot be read, such as a mask over text or an unknown type, fails the lookup.
//
// A MySQL BIT column of more than one bit looks like text. Convert it to a number in a view or in a statement of your
// own.
type Flag struct {
	// Column is the name of the column.
	Column string
	// Mask selects bits. If it is not 0, the column must be an integer, and is set if at least one of the bits is.
	Mask int64
}

var (
	errFlag = errors.New("can be read neither as set nor as not set")
	errMask = errors.New("is not an integer, which its mask requires")
)

// isSet reports whether the flag is set, from the value that the driver returned.
func (f Flag) isSet(v any, disabling bool) (bool, error) {
	if f.Mask != 0 {
		if v == nil {
			return false, nil
		}
		n, ok := wholeNumber(v)
		if !ok {
			return false, errMask
		}
		return n&f.Mask != 0, nil
	}
	switch truth(v) {
	case no:
		return false, nil
	case yes:
		return true, nil
	case wording:
		if disabling {
			return true, nil
		}
	}
	return false, errFlag
}

type reading int

const (
	unreadable reading = iota
	no
	yes
	wording // The text means neither yes nor no.
)

func yesIf(set bool) reading {
	if set {
		return yes
	}
	return no
}

// truth handles the types of driver.Value, and uint64 and float32, which go-sql-driver/mysql also returns.
func truth(v any) reading {
	switch v := v.(type) {
	case nil:
		return no
	case bool:
		return yesIf(v)
	case int64:
		return yesIf(v != 0)
	case uint64:
		return yesIf(v != 0)
	case float32:
		return truth(float64(v))
	case float64:
		if !math.IsNaN(v) {
			return yesIf(v != 0)
		}
	case time.Time:
		if !v.IsZero() { // Some drivers return the zero time for a date that they cannot represent.
			return yes
		}
	case string:
		return truthOfText(v)
	case []byte:
		return truthOfText(string(v))
	}
	return unreadable
}

func truthOfText(s string) reading {
	s = strings.ToLower(strings.TrimRight(s, " "))
	switch s {
	case "", "f", "false", "n", "no", "off", "\x00":
		return no
	case "t", "true", "y", "yes", "on", "x", "\x01":
		return yes
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) {
		return yesIf(f != 0)
	}
	return wording
}

// wholeNumber also accepts text, because some drivers return numbers so. It accepts no leading zeros, because such
// text is a bit string.
func wholeNumber(v any) (int64, bool) {
	const exact = 1 << 53 // A float64 above this is rounded; MySQL rounds a float32 to six digits.
	switch v := v.(type) {
	case int64:
		return v, true
	case uint64:
		return int64(v), v <= math.MaxInt64
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < exact
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil && strconv.FormatInt(n, 10) == v
	case []byte:
		return wholeNumber(string(v))
	}
	return 0, false
}

package usermap

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Flag is a column that enables or disables. Without a mask it is set when it is not NULL, not false, not 0 and not empty.
//
// Text is read without trailing blanks and without regard to case: a number is that number; "f", "false", "n", "no", "off" and the
// bit 0 of MySQL are not set; "t", "true", "y", "yes", "on", "x" and the bit 1 are set. Any other text counts against the user:
// a disabling column is set (a reason, a date), an enabling one fails the lookup, since "inactive" is not empty either.
// A point in time is set. What cannot be read (a mask over text that is no whole number, a value of an unknown type) fails the lookup.
//
// MySQL's BIT type, when wider than one bit, looks like text; turn it into a number in a view or in a statement of your own.
type Flag struct {
	Column string
	Mask   int64 // 0: none; otherwise the column is set when it is a whole number with at least one of these bits
}

var (
	errFlag = errors.New("is neither set nor not set")
	errMask = errors.New("is not a whole number, as its mask needs")
)

// isSet reads a driver's value of the flag.
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
	wording // text that is neither
)

func yesIf(set bool) reading {
	if set {
		return yes
	}
	return no
}

// truth knows the types of driver.Value, and those that go-sql-driver/mysql returns besides: uint64 and float32.
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
		if !v.IsZero() { // what some drivers make of a date they cannot show
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

// wholeNumber also takes text, which is how some drivers return numbers, but no leading zeros: those are bit strings.
func wholeNumber(v any) (int64, bool) {
	const exact = 1 << 53 // above it a float64 is a rounded number; MySQL rounds a float32 to six digits on its way
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

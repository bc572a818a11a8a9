package strictjson

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// Decimal is the text of a JSON number. It is compared and converted without loss.
type Decimal string

// parts returns the number as digits × 10^exp. digits has neither leading nor trailing zeros, and is empty for zero.
// ok is false if the exponent exceeds a million.
func (d Decimal) parts() (negative bool, digits string, exp int, ok bool) {
	text := string(d)
	if rest, found := strings.CutPrefix(text, "-"); found {
		negative, text = true, rest
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		e, err := strconv.Atoi(text[i+1:])
		if err != nil || e > 1e6 || e < -1e6 {
			exp, ok = 0, false
		} else {
			exp, ok = e, true
		}
		text = text[:i]
	} else {
		ok = true
	}
	whole, frac, _ := strings.Cut(text, ".")
	digits = strings.TrimLeft(whole+frac, "0")
	exp -= len(frac)
	trimmed := strings.TrimRight(digits, "0")
	exp += len(digits) - len(trimmed)
	if trimmed == "" {
		return false, "", 0, true
	}
	return negative, trimmed, exp, ok
}

// Int64 returns the number if it is exactly an int64, in any notation: 1e3 is 1000.
func (d Decimal) Int64() (int64, bool) {
	negative, digits, exp, ok := d.parts()
	if !ok || exp < 0 || len(digits)+exp > 19 {
		return 0, false
	}
	if digits == "" {
		return 0, true
	}
	if negative {
		digits = "-" + digits
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", exp), 10, 64)
	return n, err == nil
}

// Compare returns -1, 0 or 1 if the number is less than, equal to or greater than the other: 1, 1.0 and 10e-1 are equal. ok is
// false if an exponent exceeds a million.
func (d Decimal) Compare(other Decimal) (order int, ok bool) {
	n1, d1, e1, ok1 := d.parts()
	n2, d2, e2, ok2 := other.parts()
	if !ok1 || !ok2 {
		return 0, false
	}
	if s1, s2 := sign(n1, d1), sign(n2, d2); s1 != s2 || s1 == 0 {
		return cmp.Compare(s1, s2), true
	}
	// The digits begin at the first that is not zero, so the position of the point decides before they do.
	order = cmp.Or(cmp.Compare(len(d1)+e1, len(d2)+e2), strings.Compare(d1, d2))
	if n1 {
		order = -order
	}
	return order, true
}

func sign(negative bool, digits string) int {
	switch {
	case digits == "":
		return 0
	case negative:
		return -1
	}
	return 1
}

// maxDate is the last second of the year 9999. Sums with it do not overflow.
const maxDate = 253402300799

// Date returns the number as a NumericDate (RFC 7519 section 2): seconds since 1970, with an optional fraction. ok is
// false for a negative date and for one after the year 9999.
func (d Decimal) Date() (time.Time, bool) {
	if len(d) <= 12 { // Nearly every date is written in whole seconds.
		if seconds, err := strconv.ParseInt(string(d), 10, 64); err == nil && seconds >= 0 && seconds <= maxDate {
			return time.Unix(seconds, 0), true
		}
	}
	negative, digits, exp, ok := d.parts()
	point := len(digits) + exp
	if !ok || negative || point > 12 {
		return time.Time{}, false
	}
	if point < -9 {
		digits, point = "", 0
	}
	if point < 0 {
		digits, point = strings.Repeat("0", -point)+digits, 0
	}
	digits += strings.Repeat("0", max(point+9-len(digits), 0))
	seconds, err := parseDigits(digits[:point])
	if err != nil || seconds > maxDate {
		return time.Time{}, false
	}
	nanos, err := parseDigits(digits[point : point+9])
	return time.Unix(seconds, nanos), err == nil
}

func parseDigits(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	return strconv.ParseInt(s, 10, 64)
}

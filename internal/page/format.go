package page

import (
	"cmp"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
)

// functions contains the functions that the templates call.
var functions = template.FuncMap{
	"style":   func() template.CSS { return template.CSS(style) }, //nolint:gosec // It is a file of this package.
	"clock":   func(t time.Time) string { return t.UTC().Format("15:04:05") },
	"stamp":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"day":     func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
	"elapsed": elapsed,
	"size":    size,
	"number":  number,
	"words":   func(s string) string { return strings.ReplaceAll(s, "_", " ") },
	"plural":  plural,
	"request": request,
}

// ago describes a length of time with one unit.
func ago(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " days"
}

// past describes how long ago something happened.
func past(d time.Duration) string {
	if d < time.Second {
		return "just now"
	}
	return ago(d) + " ago"
}

// elapsed rounds a duration to about three digits.
func elapsed(d time.Duration) string {
	for unit := time.Second; unit > time.Microsecond; unit /= 10 {
		if d >= unit {
			return d.Round(unit / 100).String()
		}
	}
	return d.Round(time.Microsecond).String()
}

// size describes a number of bytes.
func size(n int) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return strconv.Itoa(n) + " B"
}

// number groups the digits of a number in threes.
func number(n any) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return digits
}

// plural joins a number and the form of a word that fits it.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// request joins the method and the pattern of a route, which usually begins with the method.
func request(method, route string) string {
	if route == "" || strings.HasPrefix(route, method+" ") {
		return cmp.Or(route, method)
	}
	return strings.TrimSpace(method + " " + route)
}

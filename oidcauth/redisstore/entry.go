package redisstore

import (
	"errors"
	"strconv"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

var errForeign = errors.New("the key holds a value that is not a deny list entry")

// The range of times whose microseconds a Lua number represents exactly.
var (
	earliest = time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// fields returns the first arguments of add.lua. The time to live counts from now, so that the clock of Redis does
// not matter.
func fields(e denylist.Entry) []any {
	before := ""
	if !e.Before.IsZero() {
		before = strconv.FormatInt(micros(e.Before), 10)
	}
	ttl := int64(0)
	if left := time.Until(e.Until); left > 0 {
		ttl = left.Milliseconds() + 2 // Redis also rounds its own time down.
	}
	return []any{micros(e.Until), before, ttl}
}

func entry(key string, values []any) (denylist.Entry, bool, error) {
	if len(values) != 2 {
		return denylist.Entry{}, false, errForeign
	}
	if values[0] == nil && values[1] == nil {
		return denylist.Entry{}, false, nil
	}
	e := denylist.Entry{Key: key}
	var err error
	if e.Until, err = parse(values[0]); err != nil {
		return denylist.Entry{}, false, err
	}
	if values[1] != "" {
		if e.Before, err = parse(values[1]); err != nil {
			return denylist.Entry{}, false, err
		}
	}
	return e, true, nil
}

// micros rounds up, so that an entry covers a token too many rather than one too few.
func micros(t time.Time) int64 {
	if t.Before(earliest) {
		t = earliest
	} else if t.After(latest) {
		t = latest
	}
	return t.Add(time.Microsecond - time.Nanosecond).UnixMicro()
}

func parse(value any) (time.Time, error) {
	text, _ := value.(string)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, errForeign
	}
	return time.UnixMicro(n), nil
}

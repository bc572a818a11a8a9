package oidcauth

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// decisionFields appends the fields that a record about any decision has. internal/logschema describes each field.
func decisionFields(attrs []slog.Attr, d *decision.Decision) []slog.Attr {
	return appendToken(append(requestFields(attrs, d), milliseconds(d.Elapsed)), d.Token)
}

// requestFields appends the fields about the request.
func requestFields(attrs []slog.Attr, d *decision.Decision) []slog.Attr {
	return appendText(attrs, "issuer", d.Issuer, "client_id", d.Token.ClientID, "key_id", d.Token.KeyID,
		"method", d.Method, "route", d.Route, "remote", d.Remote, "trace_id", d.TraceID)
}

// milliseconds is a number with three digits after the point, so that every log system can compare it.
func milliseconds(d time.Duration) slog.Attr {
	return slog.Float64("duration_ms", float64(d.Microseconds())/1000)
}

// appendText appends pairs of name and value. It omits pairs with an empty value.
func appendText(attrs []slog.Attr, pairs ...string) []slog.Attr {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			attrs = append(attrs, slog.String(pairs[i], pairs[i+1]))
		}
	}
	return attrs
}

// appendToken appends a group with parts of the token, unless the token is unknown.
func appendToken(attrs []slog.Attr, f decision.TokenFacts) []slog.Attr {
	facts := appendText(nil, "iss", f.Issuer, "jti", f.ID, "typ", f.Type, "alg", f.Algorithm, "iat", dateText(f.IssuedAt), "exp", dateText(f.Expires),
		"key_source", f.KeySource)
	if list := audienceList(f.Audience); list != nil {
		facts = append(facts, slog.Any("aud", list))
	}
	if len(facts) == 0 {
		return attrs
	}
	return append(attrs, slog.Attr{Key: "token", Value: slog.GroupValue(facts...)})
}

// maxDate is the first second after the year 9999, which RFC 3339 cannot write.
const maxDate = 253402300800

// dateText returns a NumericDate as RFC 3339. It returns "" for any other text, because a log system refuses a whole record if one
// of its times has another form.
func dateText(seconds string) string {
	n, err := strconv.ParseFloat(seconds, 64)
	if err != nil || n < 0 || n >= maxDate {
		return ""
	}
	return time.Unix(int64(n), 0).UTC().Format(time.RFC3339)
}

// audienceList returns the audiences of a token. It always returns a list, because a log system stores one type for a field.
func audienceList(aud string) []string {
	var one string
	var list []string
	switch {
	case aud == "":
		return nil
	case json.Unmarshal([]byte(aud), &one) == nil:
		return []string{one}
	case json.Unmarshal([]byte(aud), &list) == nil:
		return list
	}
	return []string{strings.ReplaceAll(aud, `"`, "")} // the JSON was cut, or contains other types
}

// hintList is logged as a list of objects in JSON, and as one line in text.
type hintList []decision.Hint

// MarshalJSON returns the list as JSON, without the mends, which are long. Without it, encoding/json would use MarshalText.
func (l hintList) MarshalJSON() ([]byte, error) {
	short := slices.Clone([]decision.Hint(l))
	for i := range short {
		short[i].Mends = nil
	}
	return json.Marshal(short)
}

// MarshalText returns code, cause and fix of each hint.
func (l hintList) MarshalText() ([]byte, error) {
	var b strings.Builder
	for i, h := range l {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(h.Code + ": " + h.Cause + " Fix: " + h.Fix)
		for _, pair := range [...][2]string{{" Actual: ", h.Actual}, {" Expected: ", h.Expected}} {
			if pair[1] != "" {
				b.WriteString(pair[0] + pair[1] + ".")
			}
		}
	}
	return []byte(b.String()), nil
}

// recordValue is logged as an object in JSON, and as JSON in text.
type recordValue decision.Record

// MarshalJSON returns the record as JSON. Without it, encoding/json would use MarshalText.
func (r *recordValue) MarshalJSON() ([]byte, error) { return json.Marshal((*decision.Record)(r)) }

// MarshalText returns the record as JSON.
func (r *recordValue) MarshalText() ([]byte, error) { return json.Marshal((*decision.Record)(r)) }

func appendRecord(attrs []slog.Attr, r *decision.Record) []slog.Attr {
	if r == nil {
		return attrs
	}
	return append(attrs, slog.Any("record", (*recordValue)(r)))
}

package claims

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Decode reads the claim at p into a T, by the rules of encoding/json. A number that is read into an any becomes a
// [json.Number], so that it keeps all its digits. It is an error if the claim is
// absent or null, or if it is not a T. [Set.Lookup] reports whether it is present. The error contains no value of a claim.
func Decode[T any](s Set, p Path) (T, error) {
	var out T
	v, ok := s.Lookup(p)
	if !ok {
		return out, fmt.Errorf("claims: %s is missing; the token holds %.20q, UserInfo %.20q", p, s.token.Names(), s.userInfo.Names())
	}
	d := json.NewDecoder(bytes.NewReader([]byte(v.Raw())))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		var zero T
		// The error of encoding/json is left out because it may contain the value.
		return zero, fmt.Errorf("claims: %s is not a %T", p, zero)
	}
	return out, nil
}

// Decode reads all claims into what v points to, by the rules of encoding/json, but numbers in an any become a
// [json.Number]. A claim of the token takes precedence over one of UserInfo; a null claim is absent. The result shares no
// memory with the Set.
//
// As encoding/json does, it also reads a claim into a field whose name differs by case only.
// Two top-level claims whose names differ by case only are an error, because either could be read. After an error, what v
// points to may be filled in part. The error contains no value of a claim.
func (s Set) Decode(v any) error {
	text, err := s.text()
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(v)
	var field *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &field) && field.Field != "":
		return fmt.Errorf("claims: %s is not a %s", field.Field, field.Type)
	}
	return fmt.Errorf("claims: the claims do not fit into a %T", v) // The error of encoding/json may contain a value.
}

// text returns the claims as one JSON object.
func (s Set) text() ([]byte, error) {
	out, names := []byte{'{'}, make(map[string]string) // The names by their spelling without case.
	for _, layer := range [...]strictjson.Object{s.token, s.userInfo} {
		for name, v := range layer.All() {
			if v.Kind() == strictjson.Null {
				continue
			}
			folded := fold(name)
			switch have, ok := names[folded]; {
			case ok && have == name:
				continue // The token has it.
			case ok:
				return nil, fmt.Errorf("claims: %.100q and %.100q differ by case only", have, name)
			}
			names[folded] = name
			if len(out) > 1 {
				out = append(out, ',')
			}
			quoted, err := json.Marshal(name)
			if err != nil {
				return nil, err
			}
			out = append(append(append(out, quoted...), ':'), v.Raw()...)
		}
	}
	return append(out, '}'), nil
}

// fold returns the name as encoding/json compares it, without regard to case.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		for {
			next := unicode.SimpleFold(r)
			if next <= r {
				return next
			}
			r = next
		}
	}, name)
}

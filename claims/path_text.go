package claims

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParsePath reads the text form of a path, which [Path.MarshalText] writes. It has four spellings:
//
//	tid                   the claim of this name
//	/realm_access/roles   a JSON Pointer
//	"my claim"            a quoted name
//	/"a b/c"              a quoted JSON Pointer
//
// A name must be quoted if it begins with a slash, contains white space, a control character, a quotation mark, a parenthesis or
// a comma, or could be read as another part of a check: "true", "false", "null", "not", "and", "or", or anything that begins
// with a digit or a minus sign. Quoted text has the escapes of a Go string. Dots in a name are literal.
func ParsePath(text string) (Path, error) {
	p, err := parsePath(text)
	if err == nil {
		err = p.Validate()
	}
	if err != nil {
		return Path{}, err
	}
	return p, nil
}

func parsePath(text string) (Path, error) {
	rest, pointer := strings.CutPrefix(text, "/")
	if strings.HasPrefix(rest, `"`) {
		inner, err := strconv.Unquote(rest)
		switch {
		case err != nil:
			return Path{}, errors.New("claims: the quoted path does not end, or has an unknown escape")
		case pointer:
			return Pointer("/" + inner), nil
		}
		return Name(inner), nil
	}
	if !isBare(text) {
		return Path{}, fmt.Errorf("claims: %q must be quoted to be a path", text)
	}
	if pointer {
		return Pointer(text), nil
	}
	return Name(text), nil
}

// MarshalText returns the text form of the path, for [ParsePath]. That of the zero Path is empty.
func (p Path) MarshalText() ([]byte, error) {
	if p.IsZero() {
		return nil, nil
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return []byte(p.spelling()), nil
}

// UnmarshalText reads the result of [Path.MarshalText].
func (p *Path) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*p = Path{}
		return nil
	}
	read, err := ParsePath(string(text))
	if err == nil {
		*p = read
	}
	return err
}

// spelling returns the text form of a path, which may be invalid.
func (p Path) spelling() string {
	switch slash := strings.HasPrefix(p.text, "/"); {
	case p.pointer && slash && isBare(p.text):
		return p.text
	case p.pointer:
		return "/" + strconv.Quote(strings.TrimPrefix(p.text, "/"))
	case !slash && isBare(p.text):
		return p.text
	}
	return strconv.Quote(p.text)
}

// isBare reports whether the text can be a path without quotation marks.
func isBare(text string) bool {
	switch text {
	case "", "true", "false", "null", "not", "and", "or":
		return false
	}
	first := text[0]
	return first != '-' && (first < '0' || first > '9') && utf8.ValidString(text) && !strings.ContainsFunc(text, endsWord)
}

// endsWord reports whether the character cannot be part of an unquoted path.
func endsWord(r rune) bool {
	return strings.ContainsRune(`"'(),`, r) || !unicode.IsGraphic(r) || unicode.IsSpace(r)
}

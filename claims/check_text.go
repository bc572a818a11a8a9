package claims

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

const (
	maxCheckText  = 64 << 10
	maxCheckDepth = 32
)

// CheckSyntaxError reports a text that is no check.
type CheckSyntaxError struct {
	// Offset is the position of the fault in the text, in bytes.
	Offset int
	// Problem describes the fault.
	Problem string
}

func (e *CheckSyntaxError) Error() string {
	return fmt.Sprintf("claims: %s, at byte %d of the check", e.Problem, e.Offset)
}

// ParseCheck reads the text form of a check, which is that of [Check.String]. The error is a [*CheckSyntaxError].
//
//	tid == "8a7f"                                   Equals
//	tid == "8a7f" or "9b6e"                         OneOf
//	/realm_access/roles == "admin"                  Equals: one element of the list is enough
//	scope contains the word "orders.read"           ContainsWord
//	email begins with "svc-"                        HasPrefix
//	level >= 3                                      AtLeast
//	level <= 5                                      AtMost
//	email_verified == true                          Equals
//	nickname == ""                                  EqualsEmpty
//	act is present                                  Has
//	act is absent                                   Absent
//	details has an element with (type == "pay")     AnyElement
//	not (tid == "8a7f")                             Not
//	(tid == "8a7f") and (act is absent)             AllOf
//	(tid == "8a7f") or (level >= 3)                 AnyOf
//
// The parts are separated by white space. A path is written as [ParsePath] reads it. A text is written in quotation marks with
// the escapes of a Go string, or in apostrophes without escapes. A number is one of JSON. The parts of "and", "or" and "not" are
// in parentheses, and "and" and "or" do not mix without further parentheses. The text has at most 64 KiB and 32 levels.
func ParseCheck(text string) (Check, error) {
	p := checkParser{text: text}
	if len(text) > maxCheckText {
		return Check{}, p.fail("the text is longer than 64 KiB")
	}
	if !utf8.ValidString(text) {
		return Check{}, p.fail("the text is not UTF-8")
	}
	c, err := p.check()
	if err == nil && p.peek() != end {
		err = p.fail("the check ends here, and more text follows; put the parts of and, or into parentheses")
	}
	if err != nil {
		return Check{}, err
	}
	return c, nil
}

// MarshalText returns the text form of the check, for [ParseCheck]. An invalid check, and a check with a [CheckFunc], has no text form.
func (c Check) MarshalText() ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	text := c.String()
	if _, err := ParseCheck(text); err != nil {
		return nil, errors.New("claims: a check with a function, or of more than 32 levels, has no text form")
	}
	return []byte(text), nil
}

// UnmarshalText reads the result of [Check.MarshalText].
func (c *Check) UnmarshalText(text []byte) error {
	read, err := ParseCheck(string(text))
	if err == nil {
		*c = read
	}
	return err
}

func (p *checkParser) comparison(path Path) (Check, error) {
	operator := p.peek()
	start := p.pos
	if err := p.skip(operator); err != nil {
		return Check{}, err
	}
	switch operator {
	case "==":
		return p.values(path)
	case ">=", "<=":
		return p.bound(path, operator)
	case "begins":
		if err := p.words("with"); err != nil {
			return Check{}, err
		}
		return p.textOperand(path, HasPrefix)
	case "contains":
		if err := p.words("the", "word"); err != nil {
			p.pos = start
			return Check{}, p.fail(`write == for a text or an element of a list, or contains the word for a word of a text such as scope`)
		}
		return p.textOperand(path, ContainsWord)
	case "is":
		return p.presence(path)
	case "has":
		if err := p.words("an", "element", "with"); err != nil {
			return Check{}, err
		}
		of, err := p.group()
		return AnyElement(path, of), err
	}
	p.pos = start
	return Check{}, p.fail("==, >=, <=, begins with, contains the word, is present, is absent, or has an element with is expected")
}

// textOperand reads a text, and makes the check of it.
func (p *checkParser) textOperand(path Path, of func(Path, string) Check) (Check, error) {
	start := p.peek()
	value, err := p.value()
	if err != nil {
		return Check{}, err
	}
	text, ok := value.(string)
	if !ok {
		p.pos -= len(start)
		return Check{}, p.fail("a text in quotation marks is expected")
	}
	c := of(path, text)
	if c.Validate() != nil {
		p.pos -= len(start)
		return Check{}, p.fail("the text is empty, or more than one word")
	}
	return c, nil
}

// values reads the values after ==, with "or" between them.
func (p *checkParser) values(path Path) (Check, error) {
	var wanted []any
	for {
		value, err := p.value()
		if err != nil {
			return Check{}, err
		}
		wanted = append(wanted, value)
		if p.peek() != "or" {
			break
		}
		if err := p.words("or"); err != nil {
			return Check{}, err
		}
	}
	if len(wanted) == 1 && wanted[0] == "" {
		return EqualsEmpty(path), nil
	}
	for _, want := range wanted {
		if want == "" {
			return Check{}, p.fail("an empty text cannot be one of several values")
		}
	}
	return oneOf(path, wanted), nil
}

// value reads a text, a number, true or false.
func (p *checkParser) value() (any, error) {
	token := p.peek()
	switch {
	case token == "true" || token == "false":
		return token == "true", p.skip(token)
	case isNumber(token):
		return strictjson.Decimal(token), p.skip(token)
	case strings.HasPrefix(token, "'"):
		if len(token) < 2 || token[len(token)-1] != '\'' || strings.ContainsFunc(token, isControl) {
			return nil, p.fail("the text in apostrophes does not end, or contains a control character")
		}
		return token[1 : len(token)-1], p.skip(token)
	case strings.HasPrefix(token, `"`):
		s, err := strconv.Unquote(token)
		if err != nil {
			return nil, p.fail("the text in quotation marks does not end, or has an unknown escape")
		}
		return s, p.skip(token)
	}
	return nil, p.fail("a text in quotation marks, a number, true or false is expected")
}

func isNumber(token string) bool {
	return token != end && (token[0] == '-' || token[0] >= '0' && token[0] <= '9') && json.Valid([]byte(token))
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7F }

// bound reads the number after >= or <=.
func (p *checkParser) bound(path Path, operator string) (Check, error) {
	token := p.peek()
	if !isNumber(token) {
		return Check{}, p.fail("a number is expected")
	}
	sign := 1
	if operator == "<=" {
		sign = -1
	}
	return bound(path, operator+" ", strictjson.Decimal(token), sign), p.skip(token)
}

// presence reads the word after "is".
func (p *checkParser) presence(path Path) (Check, error) {
	word := p.peek()
	switch word {
	case "present":
		return Has(path), p.skip(word)
	case "absent":
		return Absent(path), p.skip(word)
	}
	return Check{}, p.fail("present or absent is expected")
}

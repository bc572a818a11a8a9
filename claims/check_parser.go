package claims

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// end is the token after the last one. No token of a text is empty.
const end = ""

// checkParser reads a check from left to right, without going back.
type checkParser struct {
	text  string
	pos   int // of the next token
	depth int
}

func (p *checkParser) fail(problem string) error { return &CheckSyntaxError{p.pos, problem} }

// peek moves to the next token and returns it: a parenthesis, a quoted text, or a word.
func (p *checkParser) peek() string {
	p.pos = len(p.text) - len(strings.TrimLeft(p.text[p.pos:], " \t\r\n"))
	rest := p.text[p.pos:]
	if rest == "" {
		return end
	}
	switch rest[0] {
	case '(', ')', ',':
		return rest[:1]
	case '"', '\'':
		return quotedPrefix(rest)
	}
	if strings.HasPrefix(rest, `/"`) {
		return "/" + quotedPrefix(rest[1:])
	}
	if n := strings.IndexFunc(rest, endsWord); n > 0 {
		return rest[:n]
	} else if n == 0 {
		_, size := utf8.DecodeRuneInString(rest) // a character that no token begins with
		return rest[:size]
	}
	return rest
}

// quotedPrefix returns the quoted text that s begins with, or all of s if the quotation does not end.
func quotedPrefix(s string) string {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return s[:i+1]
		case s[i] == '\\' && s[0] == '"':
			i++
		}
	}
	return s
}

// skip moves behind a token that peek returned. Words and quoted texts must be apart.
func (p *checkParser) skip(token string) error {
	p.pos += len(token)
	if token == "(" || token == "," || p.pos == len(p.text) || strings.ContainsRune(" \t\r\n)", rune(p.text[p.pos])) {
		return nil
	}
	return p.fail("white space is expected")
}

// words skips these words.
func (p *checkParser) words(words ...string) error {
	for _, w := range words {
		if p.peek() != w {
			return p.fail(fmt.Sprintf("%q is expected", w))
		}
		if err := p.skip(w); err != nil {
			return err
		}
	}
	return nil
}

func (p *checkParser) check() (Check, error) {
	if p.depth++; p.depth > maxCheckDepth {
		return Check{}, p.fail("the check has more than 32 levels")
	}
	defer func() { p.depth-- }()
	switch p.peek() {
	case "(":
		return p.combination()
	case "not":
		if err := p.words("not"); err != nil {
			return Check{}, err
		}
		c, err := p.group()
		return Not(c), err
	}
	path, err := p.path()
	if err != nil {
		return Check{}, err
	}
	return p.comparison(path)
}

// group reads a check in parentheses.
func (p *checkParser) group() (Check, error) {
	if err := p.words("("); err != nil {
		return Check{}, err
	}
	c, err := p.check()
	if err != nil {
		return Check{}, err
	}
	return c, p.words(")")
}

// combination reads groups with the same word between them.
func (p *checkParser) combination() (Check, error) {
	var parts []Check
	for word := ""; ; {
		part, err := p.group()
		if err != nil {
			return Check{}, err
		}
		parts = append(parts, part)
		next := p.peek()
		switch {
		case next != "and" && next != "or":
			if word == "or" {
				return AnyOf(parts...), nil
			}
			return AllOf(parts...), nil
		case word != "" && word != next:
			return Check{}, p.fail("and beside or needs parentheses")
		}
		if word = next; p.skip(word) != nil {
			return Check{}, p.fail("white space is expected")
		}
	}
}

func (p *checkParser) path() (Path, error) {
	token := p.peek()
	if token == end {
		return Path{}, p.fail("a claim is expected")
	}
	path, err := ParsePath(token)
	if err != nil {
		return Path{}, p.fail("a claim is expected: a name, or a JSON Pointer that begins with a slash; a name with other characters must be in quotation marks")
	}
	return path, p.skip(token)
}

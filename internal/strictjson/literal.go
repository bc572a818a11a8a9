package strictjson

import "strconv"

// str scans a string literal and returns the text between its quotes.
func (s *scanner) str() (inner string, escaped bool, err error) {
	text, start := s.text, s.pos+1
	for i := start; i < len(text); {
		if plain[text[i]] {
			i++
			continue
		}
		s.pos = i
		switch text[i] {
		case '"':
			s.pos++
			return text[start:i], escaped, nil
		case '\\':
			if err := s.escape(); err != nil {
				return "", false, err
			}
			i, escaped = s.pos, true
		default:
			return "", false, s.fail("control character in a string")
		}
	}
	s.pos = len(text)
	return "", false, s.fail("string without an end")
}

// plain marks the bytes that stand for themselves in a string.
var plain = func() (is [256]bool) {
	for c := range is {
		is[c] = c >= 0x20 && c != '"' && c != '\\'
	}
	return is
}()

func (s *scanner) escape() error {
	s.pos++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return nil
	case 'u':
		return s.unicodeEscape()
	}
	return s.fail("unknown escape")
}

// unicodeEscape requires surrogates in pairs, because decoders differ in how they read a lone one.
func (s *scanner) unicodeEscape() error {
	r, err := s.hex4()
	if err != nil {
		return err
	}
	if r < 0xD800 || r > 0xDFFF {
		return nil
	}
	if r > 0xDBFF || s.peek() != '\\' {
		return s.fail("lone surrogate")
	}
	if s.pos++; s.peek() != 'u' {
		return s.fail("lone surrogate")
	}
	if low, err := s.hex4(); err != nil {
		return err
	} else if low < 0xDC00 || low > 0xDFFF {
		return s.fail("lone surrogate")
	}
	return nil
}

// hex4 reads the four digits that follow the u at the current position.
func (s *scanner) hex4() (uint64, error) {
	s.pos++
	if len(s.text)-s.pos < 4 {
		return 0, s.fail("short escape")
	}
	digits := s.text[s.pos : s.pos+4]
	r, err := strconv.ParseUint(digits, 16, 16)
	if err != nil || digits[0] == '+' || digits[0] == '-' {
		return 0, s.fail("escape without four hexadecimal digits")
	}
	s.pos += 4
	return r, nil
}

func (s *scanner) number() error {
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if s.digits() == 0 {
		return s.fail("a value was expected")
	}
	if s.peek() == '.' {
		s.pos++
		if s.digits() == 0 {
			return s.fail("a digit was expected")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if s.digits() == 0 {
			return s.fail("a digit was expected")
		}
	}
	return nil
}

func (s *scanner) digits() int {
	start := s.pos
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.pos++
	}
	return s.pos - start
}

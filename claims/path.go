package claims

import (
	"errors"
	"strconv"
	"strings"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Path locates a claim. [Name] and [Pointer] make one. The zero Path is unset.
type Path struct {
	text    string
	pointer bool
}

// Name returns the path of the top-level claim of exactly this name. Dots and slashes in the name are literal.
func Name(name string) Path { return Path{text: name} }

// Pointer returns the path of the claim at a JSON Pointer (RFC 6901), such as "/realm_access/roles".
func Pointer(pointer string) Path { return Path{text: pointer, pointer: true} }

// IsZero reports whether the path is unset.
func (p Path) IsZero() bool { return p == Path{} }

// String returns the name or the pointer that the path was made from.
func (p Path) String() string { return p.text }

// Validate returns an error if the path is empty or is not a valid JSON Pointer.
func (p Path) Validate() error {
	switch {
	case p.text == "":
		return errors.New("claims: the path is empty")
	case !p.pointer:
		return nil
	case p.text[0] != '/':
		return errors.New("claims: a JSON Pointer must begin with a slash")
	}
	for i := strings.IndexByte(p.text, '~'); i >= 0; {
		rest := p.text[i+1:]
		if rest == "" || rest[0] != '0' && rest[0] != '1' {
			return errors.New("claims: a JSON Pointer must write a tilde as ~0")
		}
		next := strings.IndexByte(rest, '~')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return nil
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

func (p Path) lookup(o strictjson.Object) (strictjson.Value, bool) {
	v, _ := p.find(o)
	return v, v.Kind() > strictjson.Null // A null claim asserts nothing (OpenID Connect Core 1.0 section 5.3.2).
}

// first returns the name of the top-level claim.
func (p Path) first() string {
	if !p.pointer {
		return p.text
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(p.text, "/"), "/")
	return unescape.Replace(name)
}

// missing reports whether the object does not contain the path: an object on the way has no such member, or a list no such
// element.
func (p Path) missing(o strictjson.Object) bool {
	_, missing := p.find(o)
	return missing
}

// find returns the value at the path, which may be null, or the zero Value.
func (p Path) find(o strictjson.Object) (v strictjson.Value, missing bool) {
	if !p.pointer {
		v, ok := o.Get(p.text)
		return v, !ok
	}
	if p.Validate() != nil {
		return strictjson.Value{}, false
	}
	for i, token := range strings.Split(p.text[1:], "/") {
		var ok bool
		if i > 0 {
			if elements, isArray := v.Elements(); isArray {
				if v, ok = element(elements, token); !ok {
					return v, true
				}
				continue
			}
			if o, ok = v.Object(); !ok {
				return strictjson.Value{}, false
			}
		}
		if v, ok = o.Get(unescape.Replace(token)); !ok {
			return v, true
		}
	}
	return v, false
}

// element returns the element of a list that an array index names. RFC 6901 section 4 allows no leading zeros.
func element(list []strictjson.Value, token string) (strictjson.Value, bool) {
	n, err := strconv.Atoi(token)
	if err != nil || strconv.Itoa(n) != token || n < 0 || n >= len(list) {
		return strictjson.Value{}, false
	}
	return list[n], true
}

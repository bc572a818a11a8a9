package dpop

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// Target is the URL of a request without query and fragment, in a normal form (RFC 3986 sections 6.2.2 and 6.2.3). Targets can
// be compared with ==.
type Target struct{ origin, path string }

// IsZero reports whether the target is the zero Target, which no request has.
func (t Target) IsZero() bool { return t.origin == "" }

// Origin returns scheme, host and port. It contains nothing of the path, which may name a person.
func (t Target) Origin() string { return t.origin }

// maxTarget is the longest URL that is compared. Servers accept no longer one in practice.
const maxTarget = 8 << 10

var errTarget = errors.New("dpop: not an absolute http or https URL")

// ParseTarget parses an absolute URL of scheme http or https. It drops query and fragment. An internationalised host must be in its
// ASCII form, because two letters beyond ASCII can become the same one in lower case.
func ParseTarget(text string) (Target, error) {
	if len(text) > maxTarget {
		return Target{}, errTarget
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.User != nil || u.Hostname() == "" || !isASCII(u.Host) {
		return Target{}, errTarget
	}
	scheme := strings.ToLower(u.Scheme)
	if scheme != "https" && scheme != "http" {
		return Target{}, errTarget
	}
	return Target{scheme + "://" + host(scheme, u), normalPath(u.EscapedPath())}, nil
}

// Join returns the target of a request: the public URL of the service, followed by the escaped path of the request.
func (t Target) Join(escapedPath string) Target {
	return Target{t.origin, strings.TrimSuffix(t.path, "/") + normalPath(escapedPath)}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

func host(scheme string, u *url.URL) string {
	name := strings.ToLower(u.Hostname())
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if port := u.Port(); port != "" && !(scheme == "https" && port == "443") && !(scheme == "http" && port == "80") {
		name += ":" + port
	}
	return name
}

// normalPath decodes the escapes of unreserved characters, writes other escapes in upper case, and removes dot segments.
func normalPath(escaped string) string {
	normal := normalEscapes(escaped)
	if !strings.HasPrefix(normal, "/") {
		normal = "/" + normal
	}
	if !strings.Contains(normal, "/.") {
		return normal
	}
	return removeDots(normal)
}

func normalEscapes(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+2 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		c, err := url.PathUnescape(s[i : i+3])
		switch {
		case err == nil && isUnreserved(c[0]):
			b.WriteByte(c[0])
		default:
			b.WriteString(strings.ToUpper(s[i : i+3]))
		}
		i += 2
	}
	return b.String()
}

// isUnreserved reports whether the character means the same with and without its escape (RFC 3986 section 2.3).
func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// removeDots removes dot segments (RFC 3986 section 5.2.4). Empty segments remain, because a server may distinguish them.
func removeDots(p string) string {
	var out []string
	segments := strings.Split(p[1:], "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".":
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, s)
			continue
		}
		if last {
			out = append(out, "")
		}
	}
	return "/" + strings.Join(out, "/")
}

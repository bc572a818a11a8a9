package pasted

import (
	"regexp"
	"slices"
	"strings"
)

var (
	requestLine = regexp.MustCompile(`^([A-Z]{3,10}) (\S+)(?: HTTP/[0-9.]+)?$`)
	statusLine  = regexp.MustCompile(`^HTTP/[0-9.]+ [1-5][0-9][0-9]\b`)
)

// tight lists the headers whose value may follow the colon without a blank. Other words before a colon are no headers.
var tight = []string{"Authorization", "Proxy-Authorization", "Cookie", "Host"}

// maxFieldName is the length of the longest name of a header.
const maxFieldName = 100

// field splits a header line (RFC 9112 section 5), or a pseudo-header of HTTP/2.
func field(line string) (name, value string, ok bool) {
	if strings.HasPrefix(line, ":") {
		name, value, ok = field(line[1:])
		return ":" + name, value, ok
	}
	name, value, ok = strings.Cut(line, ":")
	name = strings.TrimRight(name, " \t")
	if !ok || name == "" || len(name) > maxFieldName || strings.Trim(name, fieldNameBytes) != "" {
		return "", "", false
	}
	if value != "" && value[0] != ' ' && value[0] != '\t' && !slices.ContainsFunc(tight, func(t string) bool { return strings.EqualFold(name, t) }) {
		return "", "", false
	}
	return name, strings.Trim(value, " \t"), true
}

// fieldNameBytes are the bytes of the name of a header (RFC 9110 section 5.6.2).
const fieldNameBytes = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// readFields adds header lines to the request, up to the first empty line, and returns the lines after it. A line that is no header
// line continues the value before it, as terminals and mails wrap long lines, and developer tools show the value below its name.
func (f *Found) readFields(lines []string) (rest []string) {
	var (
		name  string
		value strings.Builder
	)
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" {
			rest = lines[i+1:]
			break
		}
		n, v, ok := field(line)
		switch {
		case ok:
			f.setField(name, value.String())
			value.Reset()
			name, line = n, v
		case name == "":
			f.ignore("A line that is not a header line was ignored.")
			continue
		case value.Len() > 0:
			f.ignore("A line break within a header was removed.")
		}
		value.WriteString(line)
	}
	f.setField(name, value.String())
	return rest
}

// setField adds one header line, unless the name is empty.
func (f *Found) setField(name, value string) {
	switch strings.ToLower(name) {
	case "":
	case ":method":
		f.Method = value
	case ":authority", "host":
		f.Host = value
	case ":path":
		f.setTarget(value)
	default:
		if !strings.HasPrefix(name, ":") {
			f.Header.Add(name, value)
		}
	}
}

// setTarget sets the path, and adds tokens of the query.
func (f *Found) setTarget(target string) {
	f.Path, f.query, _ = strings.Cut(target, "?")
	f.query, _, _ = strings.Cut(f.query, "#")
	if host, path, ok := cutOrigin(f.Path); ok {
		f.Host, f.Path = host, path
	}
	f.addQuery(target)
}

// cutOrigin splits a URL without its query into host and path.
func cutOrigin(url string) (host, path string, ok bool) {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok || strings.ContainsAny(scheme, "/?#") {
		return "", "", false
	}
	host, path, _ = strings.Cut(rest, "/")
	if _, after, hasUser := strings.Cut(host, "@"); hasUser {
		host = after
	}
	path, _, _ = strings.Cut(path, "#")
	return host, "/" + path, true
}

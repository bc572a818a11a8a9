package pasted

import (
	"strings"
)

// readCurlOutput reads the output of curl -v: lines that begin with > are the request, with < the response, with * remarks.
// curl follows redirects and retries, so the last request counts.
func readCurlOutput(text string) (*Found, error) {
	lines := strings.Split(text, "\n")
	begin, requests := -1, 0
	for i, line := range lines {
		if sent, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "> "); ok && requestLine.MatchString(strings.TrimSpace(sent)) {
			begin, requests = i, requests+1
		}
	}
	if begin < 0 {
		return nil, nil
	}
	f := newRequest(CurlOutput)
	m := requestLine.FindStringSubmatch(strings.TrimSpace(strings.TrimLeft(lines[begin], " ")[2:]))
	f.Method = m[1]
	sent, rest := sentLines(lines[begin+1:])
	f.readFields(sent)
	f.finish(m[2], nil)
	if requests > 1 {
		f.ignore("The last of %d requests is examined.", requests)
	}
	if issued := issuedIn(rest); issued != nil && !f.hasBearer() {
		issued.ignore("The request to the provider was ignored.")
		return issued, nil
	}
	if len(rest) > 0 {
		f.ignore("The response was ignored.")
	}
	return f, nil
}

// sentLines returns the header lines of the request without their mark, and the lines after the request.
func sentLines(lines []string) (sent, rest []string) {
	for i, line := range lines {
		trimmed := strings.TrimLeft(line, " ")
		value, marked := strings.CutPrefix(trimmed, ">")
		switch {
		case marked && strings.TrimSpace(value) == "":
			return sent, lines[i+1:]
		case marked:
			sent = append(sent, strings.TrimPrefix(value, " "))
		case strings.HasPrefix(trimmed, "<"):
			return sent, lines[i:]
		case strings.HasPrefix(trimmed, "*"), trimmed == "":
		default:
			sent = append(sent, trimmed) // the terminal broke a long line
		}
	}
	return sent, nil
}

// hasBearer reports whether the request contains a bearer token.
func (f *Found) hasBearer() bool {
	for _, value := range f.Header.Values("Authorization") {
		if len(value) > len("Bearer ") && strings.EqualFold(value[:len("Bearer ")], "Bearer ") {
			return true
		}
	}
	return false
}

// issuedIn returns the tokens of a response's JSON body, or nil if it contains none.
func issuedIn(lines []string) *Found {
	var body []string
	for _, line := range lines {
		if line != "" && strings.ContainsRune("*<>}", rune(line[0])) && line != "}" || strings.HasPrefix(line, "{ [") {
			continue
		}
		body = append(body, line)
	}
	v := decode(strings.TrimSpace(strings.Join(body, "\n")))
	if v == nil {
		return nil
	}
	f, err := fromResponse(v)
	if err != nil {
		return nil
	}
	return f
}

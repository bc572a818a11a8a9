package pasted

import (
	"net/http"
	"strings"
)

// readRequest reads a request of HTTP/1.1, or of HTTP/2 as developer tools show it.
func readRequest(text string) (*Found, error) {
	first, rest, _ := strings.Cut(text, "\n")
	m := requestLine.FindStringSubmatch(strings.TrimSpace(first))
	if m == nil {
		return nil, nil
	}
	f := newRequest(Request)
	f.Method = m[1]
	f.finish(m[2], f.readFields(strings.Split(rest, "\n")))
	return f, nil
}

// readHeaders reads header lines without a request line.
func readHeaders(text string) (*Found, error) {
	lines := strings.Split(text, "\n")
	name, _, ok := field(lines[0])
	if !ok || len(lines) > 1 && isProse(lines) {
		return nil, nil
	}
	f := newRequest(Headers)
	f.finish("", f.readFields(lines))
	if len(f.Header) == 0 && f.Host == "" {
		return nil, nil
	}
	if http.CanonicalHeaderKey(name) == "Set-Cookie" {
		return fromHead(f.Header)
	}
	return f, nil
}

// isProse reports whether most lines are no header lines, as in a log whose first line has a colon.
func isProse(lines []string) bool {
	fields := 0
	for _, line := range lines {
		if _, _, ok := field(strings.TrimSpace(line)); ok {
			fields++
		}
	}
	return fields*3 < len(lines)
}

// readListedHeaders reads header lines whose names and values alternate, as developer tools copy them.
func readListedHeaders(text string) (*Found, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 2 || len(lines)%2 != 0 {
		return nil, nil
	}
	credentials := false
	for i := 0; i < len(lines); i += 2 {
		if _, _, ok := field(lines[i] + ":"); !ok || strings.ContainsAny(strings.TrimPrefix(lines[i], ":"), ".:") {
			return nil, nil
		}
		credentials = credentials || strings.EqualFold(lines[i], "authorization") || strings.EqualFold(lines[i], "cookie") || lines[i] == ":method"
	}
	if !credentials {
		return nil, nil
	}
	f := newRequest(Headers)
	for i := 0; i < len(lines); i += 2 {
		f.setField(lines[i], strings.TrimSpace(lines[i+1]))
	}
	f.finish("", nil)
	return f, nil
}

// readCredential reads the value of an Authorization header: a scheme and a token.
func readCredential(text string) (*Found, error) {
	text = strings.ReplaceAll(text, "\n", " ")
	if scheme, _, ok := strings.Cut(text, " "); !ok || !isScheme(scheme) {
		return nil, nil
	}
	f := newRequest(Headers)
	f.Header.Set("Authorization", text)
	f.finish("", nil)
	return f, nil
}

// readURL reads the URL of a request, or the one to which a provider sent the browser with tokens in the fragment.
func readURL(text string) (*Found, error) {
	if _, _, ok := cutOrigin(text); !ok || strings.ContainsAny(text, " \n\"") {
		return nil, nil
	}
	f := newRequest(URL)
	if _, fragment, ok := strings.Cut(text, "#"); ok {
		f.addForm("fragment", fragment)
	}
	if len(f.Tokens) > 0 {
		return f.asResponse(), nil
	}
	f.finish(text, nil)
	return f, nil
}

func newRequest(k Kind) *Found { return &Found{Kind: k, Header: http.Header{}} }

// asResponse drops the header: the text is an answer to a client, and no request to an API.
func (f *Found) asResponse() *Found {
	f.Kind, f.Header, f.Method, f.Host, f.Path = TokenResponse, nil, "", "", ""
	return f
}

// finish adds the tokens of the header, of the target and of the body.
func (f *Found) finish(target string, body []string) {
	f.collect()
	if target != "" {
		f.setTarget(target)
	}
	f.addBody(strings.TrimSpace(strings.Join(body, "\n")))
}

// addBody adds the tokens in the body of a request.
func (f *Found) addBody(body string) {
	switch {
	case body == "":
		return
	case strings.HasPrefix(body, "{"):
		var r response
		r.read(decode(body), 0)
		for _, t := range r.sorted() {
			f.add("body "+t.Name, t.Value)
		}
	default:
		f.addForm("body", body)
	}
	f.ignore("The body of the request was ignored.")
}

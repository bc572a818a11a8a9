package pasted

import (
	"net/http"
	"strings"
)

// maxResponses is the largest number of responses, such as interim ones, that precede the one with the body.
const maxResponses = 10

// readResponse reads an HTTP response to a client, such as the output of curl -i.
func readResponse(text string) (*Found, error) {
	var head *Found
	for range maxResponses {
		first, rest, _ := strings.Cut(text, "\n")
		if !statusLine.MatchString(first) {
			break
		}
		head = newRequest(Response)
		text = strings.TrimSpace(strings.Join(head.readFields(strings.Split(rest, "\n")), "\n"))
	}
	if head == nil {
		return nil, nil
	}
	v := decode(text)
	if v == nil {
		return fromHead(head.Header)
	}
	f, err := fromResponse(v)
	if err != nil {
		return nil, err
	}
	f.ignore("The header of the answer was ignored.")
	f.addSetCookies(head.Header)
	return f, nil
}

// fromHead reads the tokens that a response sets as cookies.
func fromHead(h http.Header) (*Found, error) {
	f := &Found{Kind: Response}
	f.addSetCookies(h)
	if len(f.Tokens) == 0 {
		return nil, ErrNoToken
	}
	return f, nil
}

func (f *Found) addSetCookies(h http.Header) {
	for _, line := range h.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(line, ";")
		f.addCookies(pair)
	}
}

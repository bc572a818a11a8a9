package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
)

// most is what is read of a body that never ends before that counts as reading without end.
const most = 64 << 20

var errNetwork = errors.New("no such place, or no answer")

// network is all that a judge can reach. What the row says nothing about is answered as the provider answers at the same
// path: an attacker who lures a verifier to another place serves there what makes it content.
type network struct {
	answers map[string]answer
	flooded atomic.Bool // a body was read without end
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	if (r.URL.Scheme != "http" && r.URL.Scheme != "https") || r.URL.Host == "" {
		return nil, errNetwork // as http.Transport would
	}
	a, found := n.find(*r.URL)
	if a.Fails {
		return nil, errNetwork
	}
	res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(bytes.NewReader(a.Body))}
	switch {
	case !found:
		res.StatusCode = http.StatusNotFound
	case a.Status != 0:
		res.StatusCode = a.Status
	}
	if a.Location != "" {
		res.Header.Set("Location", a.Location)
	}
	if a.Endless {
		res.Body = io.NopCloser(&blanks{network: n})
	}
	return res, nil
}

func (n *network) find(asked url.URL) (answer, bool) {
	asked.Fragment, asked.User = "", nil
	if a, found := n.answers[asked.String()]; found {
		return a, true
	}
	for where, a := range n.answers {
		if u, err := url.Parse(where); err == nil && u.Port() == "" && u.EscapedPath() == asked.EscapedPath() {
			return a, true
		}
	}
	return answer{}, false
}

// blanks are a body without end, which is cut off so that memory does not end either.
type blanks struct {
	network *network
	read    int
}

func (b *blanks) Read(p []byte) (int, error) {
	if b.read += len(p); b.read > most {
		b.network.flooded.Store(true)
		return 0, io.ErrUnexpectedEOF
	}
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

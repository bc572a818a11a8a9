package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Timeout is the longest time that one request takes.
const Timeout = 5 * time.Second

const (
	maxRedirects = 3
	maxDrain     = 64 << 10
	maxSaid      = 4 << 10
	defaultBytes = 1 << 20
)

// Client sends requests of bounded time and size. It is safe for concurrent use.
type Client struct {
	http   *http.Client
	failed atomic.Bool // The last request got no answer.
}

// NewClient returns a client that uses the transport of base, and its timeout if that is shorter than [Timeout]. The
// CheckRedirect of base may refuse redirects that would be followed; its Jar is ignored. base is not changed. If it
// is nil, the client gets its own transport.
func NewClient(base *http.Client) *Client {
	c := http.Client{Transport: NewTransport()}
	if base != nil {
		c = *base
	}
	c.Jar = nil
	c.Transport = ending(c.Transport)
	c.CheckRedirect = alsoBy(c.CheckRedirect)
	if c.Timeout <= 0 || c.Timeout > Timeout {
		c.Timeout = Timeout
	}
	return &Client{http: &c}
}

// NewTransport returns the transport that [NewClient] uses by default.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: Timeout}).DialContext,
		TLSHandshakeTimeout:    Timeout,
		ResponseHeaderTimeout:  Timeout,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    2,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
		// Without these checks, a dead HTTP/2 connection keeps serving new requests.
		HTTP2: &http.HTTP2Config{SendPingTimeout: Timeout, PingTimeout: Timeout},
	}
}

// alsoBy returns a rule that also applies the caller's own rule, if there is one.
func alsoBy(own func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		if err := checkRedirect(next, via); err != nil || own == nil {
			return err
		}
		return own(next, via)
	}
}

func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	if first.Method != http.MethodGet || len(via) > maxRedirects || next.URL.User != nil || hasCredentials(first.Header) ||
		!sameOrigin(first.URL).IsAllowed(origin(next.URL)) {
		return ErrRedirect
	}
	return nil
}

func hasCredentials(h http.Header) bool {
	return h.Get("Authorization") != "" || h.Get("Cookie") != ""
}

// Response is a complete answer with status 200.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Get fetches a URL that passes [CheckURL]. A body of more than maxBytes (0 means 1 MiB) and any status except 200
// are errors of type [*Error].
func (c *Client) Get(ctx context.Context, rawURL string, maxBytes int64, header http.Header) (*Response, error) {
	return c.do(ctx, http.MethodGet, rawURL, nil, maxBytes, header)
}

// Post sends a form as the body and follows no redirect. Otherwise it is like [Client.Get].
func (c *Client) Post(ctx context.Context, rawURL string, form url.Values, maxBytes int64, header http.Header) (*Response, error) {
	return c.do(ctx, http.MethodPost, rawURL, strings.NewReader(form.Encode()), maxBytes, ofForm(header))
}

// PostRepeatable is [Client.Post] for a request that may safely be sent twice. If the server closes a kept connection
// instead of answering, PostRepeatable makes a second form and sends it on a fresh connection.
func (c *Client) PostRepeatable(
	ctx context.Context, rawURL string, newForm func() (url.Values, error), maxBytes int64, header http.Header,
) (*Response, error) {
	form, err := newForm()
	if err != nil {
		return nil, err
	}
	header = ofForm(header)
	header["Idempotency-Key"] = nil // net/http does not send this header, but repeats a request that has it.
	body := &repeatable{Reader: strings.NewReader(form.Encode()), newForm: newForm, leave: c.http.CloseIdleConnections}
	return c.do(ctx, http.MethodPost, rawURL, body, maxBytes, header)
}

// PostJSON sends a JSON text as the body, for a request that may safely be sent twice: net/http repeats it if the server
// closes a kept connection instead of answering. Otherwise it is like [Client.Post].
func (c *Client) PostJSON(ctx context.Context, rawURL, body string, maxBytes int64, header http.Header) (*Response, error) {
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/json")
	header["Idempotency-Key"] = nil // net/http does not send this header, but repeats a request that has it.
	return c.do(ctx, http.MethodPost, rawURL, strings.NewReader(body), maxBytes, header)
}

func ofForm(header http.Header) http.Header {
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	return header
}

func (c *Client) do(
	ctx context.Context, method, rawURL string, body io.Reader, maxBytes int64, header http.Header,
) (*Response, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	fail := func(status int, problem string, err error) (*Response, error) {
		return nil, &Error{URL: display(u), Status: status, Problem: problem, Err: err, Connected: connected.Load()}
	}
	req, err := newRequest(ctx, method, u.String(), body, header)
	if err != nil {
		return fail(0, "no request", nil)
	}
	if c.failed.Swap(false) {
		c.http.CloseIdleConnections() // A dead HTTP/2 connection would serve the next request too.
	}
	note(ctx, u, 0)
	resp, err := c.http.Do(req)
	if err != nil {
		c.failed.Store(true)
		return fail(0, "no answer", withoutURL(err))
	}
	note(ctx, u, resp.StatusCode)
	connected.Store(true) // The caller's own transport may not call the trace.
	defer func() {
		_, _ = io.CopyN(io.Discard, resp.Body, maxDrain)
		_ = resp.Body.Close()
	}()
	if resp.StatusCode != http.StatusOK {
		part, _ := io.ReadAll(io.LimitReader(resp.Body, maxSaid)) // Read errors are ignored: a part of the body is enough.
		return nil, &Error{URL: display(u), Status: resp.StatusCode, Problem: "unexpected status", Header: resp.Header, Body: part, Connected: true}
	}
	answer, err := readBody(resp.Body, maxBytes)
	switch {
	case errors.Is(err, ErrTooLarge):
		return fail(resp.StatusCode, "answer refused", err)
	case err != nil:
		c.failed.Store(true)
		return fail(resp.StatusCode, "incomplete body", err)
	}
	return &Response{resp.StatusCode, resp.Header, answer}, nil
}

func newRequest(ctx context.Context, method, url string, body io.Reader, header http.Header) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	if r, ok := body.(*repeatable); ok {
		req.ContentLength, req.GetBody = r.Size(), r.again
	}
	if header != nil {
		req.Header = header.Clone()
	}
	return req, nil
}

// readBody reads a body of at most max bytes, or defaultBytes if max is not positive.
func readBody(body io.Reader, max int64) ([]byte, error) {
	if max <= 0 {
		max = defaultBytes
	}
	data, err := io.ReadAll(io.LimitReader(body, max+1))
	if err == nil && int64(len(data)) > max {
		return nil, ErrTooLarge
	}
	return data, err
}

// withoutURL removes the layer of the error that repeats the URL with its query.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

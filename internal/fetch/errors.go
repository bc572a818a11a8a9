package fetch

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/knownbearer/knownbearer/internal/record"
)

var (
	// ErrTooSoon reports that no flight may start yet, or that too many callers wait already.
	ErrTooSoon = errors.New("fetch: refreshed too often")
	// ErrTooLarge reports a body beyond the limit.
	ErrTooLarge = errors.New("body larger than the limit")
	// ErrRedirect reports a redirect that is not followed.
	ErrRedirect = errors.New("redirect refused")
)

// Error tells what went wrong with a request. Its text is short, whatever the other side sent.
type Error struct {
	URL     string // without query and userinfo
	Status  int    // 0: no answer
	Problem string
	Err     error

	// Connected is set once the request had a connection, with TLS: what went wrong since may be due to what it asked.
	Connected bool

	// Of an answer of another status than 200; not part of the text, since they are the other side's words.
	Header http.Header
	Body   []byte // at most 4 KiB
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("fetch: ")
	if e.URL != "" {
		b.WriteString(clip(e.URL) + ": ")
	}
	b.WriteString(e.Problem)
	if e.Status != 0 {
		b.WriteString(" (status " + strconv.Itoa(e.Status) + ")")
	}
	if e.Err != nil {
		b.WriteString(": " + clip(e.Err.Error()))
	}
	return b.String()
}

// clip bounds what the other side may have written.
func clip(s string) string { return record.Clip(s, 300) }

func (e *Error) Unwrap() error { return e.Err }

// IsDown tells an endpoint that cannot be reached, is too slow, or says that it is overloaded. 502, 503 and 504 say so only with
// Retry-After: a gateway answers with them also where the endpoint breaks off at one request (nginx 502, Envoy 503).
func (e *Error) IsDown() bool {
	switch e.Status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return e.Header.Get("Retry-After") != ""
	}
	var slow interface{ Timeout() bool }
	return !e.Connected || errors.As(e.Err, &slow) && slow.Timeout()
}

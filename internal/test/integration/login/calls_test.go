package login_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// calls are those of the service to the provider.
type calls struct {
	mu     sync.Mutex
	counts map[string]int
	before map[string]func()
}

// kind is the grant type of a token request, and the last part of the path of others.
func kind(r *http.Request) string {
	if r.Body == nil || r.Method != http.MethodPost {
		return r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, parse := url.ParseQuery(string(body))
	if err != nil || parse != nil || form.Get("grant_type") == "" {
		return r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	}
	return form.Get("grant_type")
}

func (c *calls) RoundTrip(r *http.Request) (*http.Response, error) {
	own := r.Clone(r.Context())
	k := kind(own)
	c.mu.Lock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[k]++
	before := c.before[k]
	delete(c.before, k)
	c.mu.Unlock()
	if before != nil {
		before()
	}
	return http.DefaultTransport.RoundTrip(own)
}

// count returns how many calls of a kind there were since the last count.
func (c *calls) count(kind string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.counts[kind]
	delete(c.counts, kind)
	return n
}

// once has f run before the next call of a kind.
func (c *calls) once(kind string, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before = map[string]func(){kind: f}
}

package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth"
)

// candidate is a middleware that may be timed.
type candidate struct {
	name   string
	module string // whose version is printed
	// fresh has it built anew for every slot, so that no token was ever seen before whatever it remembers.
	fresh bool
	again bool // one token comes again and again
	build func(s *site, next http.Handler) (http.Handler, error)
}

// candidates in the order of the table.
var candidates = append([]candidate{
	{name: "knownbearer auth.Handler", fresh: true, build: knownbearer(oidcauth.Cache{})},
	{name: "knownbearer, no cache", build: knownbearer(oidcauth.Cache{Disabled: true})},
	{name: "knownbearer, token seen before", again: true, build: knownbearer(oidcauth.Cache{})},
	{name: "its parse and signature alone", build: joseAlone},
}, peers...)

// knownbearer is the library, set up as in its README. A refusal is logged, to nowhere.
func knownbearer(cache oidcauth.Cache) func(*site, http.Handler) (http.Handler, error) {
	return func(s *site, next http.Handler) (http.Handler, error) {
		auth, err := oidcauth.New(oidcauth.Config{
			Issuers:    []oidcauth.Issuer{{URL: s.Issuer(), Audience: []string{audience}}},
			HTTPClient: s.client,
			Logger:     slog.New(slog.NewJSONHandler(io.Discard, nil)),
			Cache:      cache,
		})
		if err != nil {
			return nil, err
		}
		return auth.Handler(next), nil
	}
}

// joseAlone checks nothing but form and signature, with the key at hand: what is left is oidcauth's own part.
func joseAlone(s *site, next http.Handler) (http.Handler, error) {
	public := s.key.Public()
	return guard(next, func(_ *http.Request, raw string) (any, error) {
		token, err := jose.Parse(raw, 0)
		if err != nil {
			return nil, err
		}
		return token, token.Verify(public)
	}), nil
}

// writer counts the answers. Every lane has its own, so that counting costs no contention.
type writer struct {
	header          http.Header
	passed, refused int
}

func newWriter() *writer { return &writer{header: http.Header{}} }

func (w *writer) Header() http.Header { return w.header }

func (w *writer) Write(p []byte) (int, error) { return len(p), nil }

func (w *writer) WriteHeader(status int) {
	if status == http.StatusNoContent {
		w.passed++
		return
	}
	w.refused++
}

// next is the handler behind every middleware.
var next = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })

// accepts tells whether a request passes.
func accepts(h http.Handler, r *http.Request) bool {
	w := newWriter()
	h.ServeHTTP(w, r)
	return w.passed == 1 && w.refused == 0
}

// warm builds the candidate's handler and lets it fetch its keys, with a token that is never timed.
func (c candidate) warm(s *site, warmer *http.Request) (http.Handler, error) {
	h, err := c.build(s, next)
	if err != nil {
		return nil, err
	}
	if !accepts(h, warmer) {
		return nil, fmt.Errorf("a good %s token is refused", s.alg)
	}
	return h, nil
}

// subject times tokens that the handler has never seen, or one that it has.
func (c candidate) subject(s *site, warmer *http.Request, pool []*http.Request) subject {
	if c.again {
		pool = slices.Repeat([]*http.Request{warmer}, 10*len(pool))
	}
	var held http.Handler
	return subject{name: c.name, most: len(pool), prepare: func(lanes int) ([]work, error) {
		if held == nil || c.fresh {
			var err error
			if held, err = c.warm(s, warmer); err != nil {
				return nil, err
			}
		}
		h, out := held, make([]work, lanes)
		for lane := range out {
			w := newWriter()
			out[lane] = work{
				do:    func(i int) { h.ServeHTTP(w, pool[i]) },
				check: func(n int) error { return allOf("accepted", w.passed, n) },
			}
		}
		return out, nil
	}}
}

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// candidate is a middleware that may be timed.
type candidate struct {
	name   string
	module string // whose version is printed
	// fresh has it built anew for every slot, so that no token was ever seen before whatever it remembers.
	fresh bool
	again bool // one token comes again and again
	few   int  // requests in a slot, where there must not be more
	build func(s *site, next http.Handler) (http.Handler, error)
}

// candidates in the order of the table.
var candidates = append([]candidate{
	{name: "knownbearer auth.Handler", fresh: true, build: knownbearer(nil)},
	{name: "knownbearer, no cache", build: knownbearer(uncached)},
	{name: "knownbearer, token seen before", again: true, build: knownbearer(nil)},
	{name: "knownbearer, token seen before, OnEvent", again: true, build: knownbearer(func(c *oidcauth.Config) {
		c.OnEvent = func(context.Context, decision.Event) {}
	})},
	{name: "its parse and signature alone", build: joseAlone},
}, peers...)

func uncached(c *oidcauth.Config) { c.Cache.Disabled = true }

// knownbearer is the library, set up as in the README, but for a change.
func knownbearer(change func(*oidcauth.Config)) func(*site, http.Handler) (http.Handler, error) {
	return func(s *site, next http.Handler) (http.Handler, error) {
		auth, err := newAuthenticator(s, change)
		if err != nil {
			return nil, err
		}
		return auth.Handler(next), nil
	}
}

// newAuthenticator logs refusals, to nowhere.
func newAuthenticator(s *site, change func(*oidcauth.Config)) (*oidcauth.Authenticator, error) {
	config := oidcauth.Config{
		Issuers:    []oidcauth.Issuer{{URL: s.Issuer(), Audience: []string{audience}}},
		HTTPClient: s.client,
		Logger:     slog.New(slog.NewJSONHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&config)
	}
	return oidcauth.New(config)
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

// label is the name with the version.
func (c candidate) label() string { return strings.TrimSpace(c.name + " " + versionOf(c.module)) }

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

// subject times tokens that the handler has never seen, or one that it has. All must end alike.
func (c candidate) subject(s *site, warmer *http.Request, pool []*http.Request, want verdict) subject {
	if c.again {
		pool = slices.Repeat([]*http.Request{warmer}, 10*len(pool))
	}
	if c.few > 0 {
		pool = pool[:min(c.few, len(pool))]
	}
	var held http.Handler
	return subject{name: c.label(), most: len(pool), prepare: func(lanes int) ([]work, error) {
		if held == nil || c.fresh {
			var err error
			if held, err = c.warm(s, warmer); err != nil {
				return nil, err
			}
		}
		if want == refused && !c.fresh {
			settle(held, pool)
		}
		h, out := held, make([]work, lanes)
		for lane := range out {
			w := newWriter()
			out[lane] = work{
				do:    func(i int) { h.ServeHTTP(w, pool[i]) },
				check: func(n int) error { return w.all(want, n) },
			}
		}
		return out, nil
	}}
}

// settle brings a flood to where it has lasted for a while: what is logged is a burst first, and hardly any after it.
func settle(h http.Handler, pool []*http.Request) {
	for i := range 100 {
		h.ServeHTTP(newWriter(), pool[i%len(pool)])
	}
}

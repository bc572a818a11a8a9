package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
)

// refusal is a kind of token that has one thing wrong.
type refusal struct {
	name   string
	change recipe              // before it is signed
	spoil  func(string) string // after
}

var refusals = []refusal{
	{name: "bad signature", spoil: broken},
	{name: "expired", change: func(_, claims map[string]any) { claims["exp"] = time.Now().Add(-time.Hour).Unix() }},
	{name: "unknown kid", change: func(header, claims map[string]any) { header["kid"] = claims["jti"] }},
	{name: "not a JWT", spoil: opaque},
	{name: "wrong audience", change: func(_, claims map[string]any) { claims["aud"] = "api://billing" }},
	{name: "unknown issuer", change: func(_, claims map[string]any) { claims["iss"] = "https://issuer.invalid" }},
}

// opaque is text of the same length.
func opaque(token string) string {
	text := make([]byte, base64.RawURLEncoding.DecodedLen(len(token)))
	_, _ = rand.Read(text) // never fails
	return base64.RawURLEncoding.EncodeToString(text)
}

func (r refusal) tokens(s *site, n int) ([]string, error) {
	out, err := s.tokens(n, r.change)
	if r.spoil != nil {
		for i, token := range out {
			out[i] = r.spoil(token)
		}
	}
	return out, err
}

// refusers keep their handler, so that a slot is a moment of a flood that has lasted for a while.
var refusers = append([]candidate{
	{name: "knownbearer auth.Handler", build: knownbearer(hurried)},
	{name: "knownbearer, refusal logged", fresh: true, few: 100, build: knownbearer(hurried)},
}, peers...)

// hurried has no request wait for the turn of the next fetch: that is a pause of its own choice, not its speed.
func hurried(c *oidcauth.Config) {
	c.Issuers[0].Keys = certsource.Discovered{Refresh: certsource.Refresh{Wait: time.Nanosecond}}
}

const flood = 1000 // requests for which fetches are counted

// refusedTables have a row for each candidate, and a column for each kind of refusal.
func refusedTables(p plan, show printer) error {
	s, err := newSite(p.algs[0])
	if err != nil {
		return err
	}
	defer s.Close()
	good, err := s.tokens(p.pool+1, nil)
	if err != nil {
		return err
	}
	base, err := limit(s, good[1:])
	if err != nil {
		return err
	}
	columns, pools := []string{""}, [][]*http.Request{}
	for _, r := range refusals {
		tokens, err := r.tokens(s, max(p.pool/4, 1))
		if err != nil {
			return err
		}
		columns, pools = append(columns, r.name), append(pools, slices.Repeat(requests(tokens), 40)) // some take no time
	}
	f := field{s, base, requests(good[:1])[0], pools, p.chosen(refusers)}
	return f.show(p.meter, columns, show)
}

// field is all that takes part in the tables of refusals.
type field struct {
	site   *site
	base   subject
	warmer *http.Request
	pools  [][]*http.Request
	chosen []candidate
}

func (f field) show(m meter, columns []string, show printer) error {
	times, heap, fetches := &table{columns: columns}, &table{columns: columns}, &table{columns: columns}
	times.title = fmt.Sprintf("Refused, %s: × limit, 1 core", f.site.alg)
	times.notes = []string{
		m.origin(),
		"The limit is that of an accepted token. Each kind has one thing wrong; every answer is checked to be a refusal.",
		"The first 100 refusals of a reason are logged in full, then 10 a second: the first line is a flood's, the second those 100.",
		"knownbearer answers with a challenge, a decision id and a body; auth0 with a body; the others stand behind a middleware that sends the status alone.",
		"What is fetched for a token counts, with the provider's part of it, which runs on the same core.",
		"By default an unknown kid may wait up to 2 s for its turn when the next fetch is due, every 5 s; here it does not.",
	}
	heap.title = fmt.Sprintf("Refused, %s: allocations", f.site.alg)
	heap.notes = []string{"Those of the provider that answers a fetch are among them."}
	fetches.title = fmt.Sprintf("Refused, %s: fetches of the key set per %d requests", f.site.alg, flood)
	fetches.notes = []string{
		fmt.Sprintf("Counted at the provider, for the first %d requests after one good one, each of an unknown kid of its own.", flood),
		"knownbearer has a budget: three fetches, of which the good token took one, then one in 5 s, however many requests there are.",
		"keyfunc fetches for one unknown kid in 5 min; auth0 and jwx for none, so that a new key waits until their own time has come.",
		"go-oidc and zitadel fetch for every unknown kid, go-oidc for every bad signature as well.",
	}
	if err := f.times(m, times); err != nil {
		return err
	}
	for _, c := range f.chosen {
		if err := f.count(c, heap, fetches); err != nil {
			return err
		}
	}
	for _, t := range []*table{times, heap, fetches} {
		if err := show(t); err != nil {
			return err
		}
	}
	return nil
}

// times has a first row that is the limit against itself, for the noise.
func (f field) times(m meter, t *table) error {
	var pairs []pair
	labels := []string{f.base.name}
	for range f.pools {
		pairs = append(pairs, pair{{f.base, 1}, {f.base, 1}})
	}
	for _, c := range f.chosen {
		for _, pool := range f.pools {
			one := c.subject(f.site, f.warmer, pool, refused)
			pairs = append(pairs, pair{{f.base, 1}, {one, 1}})
		}
		labels = append(labels, c.label())
	}
	figures, err := m.compare(pairs)
	if err != nil {
		return err
	}
	for i, row := range slices.Collect(slices.Chunk(figures, len(f.pools))) {
		cells := []string{labels[i]}
		for _, figure := range row {
			cells = append(cells, figure.String())
		}
		t.add(cells...)
	}
	return nil
}

// count counts allocations, and fetches by a new handler.
func (f field) count(c candidate, heap, fetches *table) error {
	allocated, fetched := []string{c.label()}, []string{c.label()}
	for _, pool := range f.pools {
		objects, _, err := allocations(c.subject(f.site, f.warmer, pool, refused))
		if err != nil {
			return err
		}
		n, err := f.fetched(c, pool)
		if err != nil {
			return err
		}
		allocated, fetched = append(allocated, fmt.Sprint(objects)), append(fetched, fmt.Sprint(n))
	}
	heap.add(allocated...)
	if c.few == 0 { // a handler that is kept
		fetches.add(fetched...)
	}
	return nil
}

func (f field) fetched(c candidate, pool []*http.Request) (int, error) {
	h, err := c.warm(f.site, f.warmer)
	if err != nil {
		return 0, err
	}
	before, w := f.site.fetches(), newWriter()
	for i := range flood {
		h.ServeHTTP(w, pool[i%len(pool)])
	}
	if err := w.all(refused, flood); err != nil {
		return 0, fmt.Errorf("%s: %w", c.name, err)
	}
	return f.site.fetches() - before, nil
}

package soak

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// paced calls f so many times a second, each time on a goroutine of its own, until the context ends and all are over.
// What comes while atMost are under way, or faster than the machine, is left out.
func paced(ctx context.Context, perSecond, atMost int, f func()) {
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	places := make(chan struct{}, atMost)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		select {
		case places <- struct{}{}:
			all.Go(func() {
				defer func() { <-places }()
				f()
			})
		default:
		}
	}
}

// traffic is requests with fresh tokens, and what became of them.
type traffic struct {
	t       *testing.T
	turns   *turns
	keys    certsource.Source // of the service
	url     string
	client  *http.Client
	excused func(*turn) bool // whether a token may be refused whose key the service could not know yet

	mu      sync.Mutex
	said    map[string]int         // by the request and the answer
	faults  map[string]int         // which of them must not be
	longest map[bool]time.Duration // that valid requests took; by whether the key was known
}

// valid sends a good token, of the last key one time in ten.
func (l *traffic) valid() {
	ago := 0
	if rand.IntN(10) == 0 {
		ago = 1
	}
	u := l.turns.used(ago)
	p := l.turns.idp
	token := p.sign(l.t, map[string]any{"kid": u.kid}, nil, u.key)
	known := l.known(u)
	began := time.Now()
	refusal := l.ask(token)
	took := time.Since(began)
	u.count(refusal == "")

	l.mu.Lock()
	defer l.mu.Unlock()
	l.longest[known] = max(l.longest[known], took)
	what := fmt.Sprintf("valid, known: %t, published %s: %q", known, u.name, refusal)
	l.said[what]++
	if refusal != "" && (refusal != string(reason.KeyNotFound) || known || !l.excused(u)) {
		l.faults[what]++
	}
}

// known tells whether the service holds the key, or should: a fetch is over before the next one begins, so when a second
// answer names the key, the first one has arrived.
func (l *traffic) known(u *turn) bool {
	if _, naming := l.turns.idp.asked(u.kid); naming > 1 {
		return true
	}
	keys, _ := l.keys.Keys(certsource.Query{Issuer: l.turns.idp.URL, KeyID: u.kid, Algorithm: "ES256"})
	return len(keys) > 0
}

// forged sends a token under an unknown kid.
func (l *traffic) forged() {
	p := l.turns.idp
	refusal := l.ask(p.sign(l.t, map[string]any{"kid": fmt.Sprint(rand.Int64())}, nil, p.forgery))
	l.mu.Lock()
	defer l.mu.Unlock()
	what := fmt.Sprintf("forged: %q", refusal)
	l.said[what]++
	if refusal != string(reason.KeyNotFound) {
		l.faults[what]++
	}
}

// ask returns the reason for which the token is refused.
func (l *traffic) ask(token string) (refusal string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url, nil)
	if err != nil {
		return err.Error()
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := l.client.Do(r)
	if err != nil {
		return err.Error()
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if res.StatusCode == http.StatusOK {
		return ""
	}
	return res.Header.Get(reasonHeader)
}

const reasonHeader = "Refused-For"

// tell puts the reason of a refusal where only a test may see it.
func tell(w http.ResponseWriter, _ *http.Request, e *oidcauth.Error) {
	w.Header().Set(reasonHeader, string(e.Reason))
	w.WriteHeader(e.Status())
}

func (l *traffic) log(phase string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, what := range slices.Sorted(maps.Keys(l.said)) {
		l.t.Logf("%s: %6d %s", phase, l.said[what], what)
	}
}

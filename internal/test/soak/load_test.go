package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// kind is one kind of request, and which answers there may be.
type kind struct {
	name     string
	statuses []int
	headers  func(l *load) []string
}

const tooLarge = http.StatusRequestHeaderFieldsTooLarge

// kinds: a token under a key that was just published may be refused until the next fetch, and whatever needs the
// provider may meet an outage.
var kinds = []kind{
	{"new", []int{200, 401, 503}, bearer(func(l *load) string { return l.idp.sign(l.t, nil, nil, nil) })},
	{"seen before", []int{200, 401, 503}, bearer(func(l *load) string { return l.remembered() })},
	{"claim of UserInfo", []int{200, 401, 503}, bearer(func(l *load) string {
		return l.idp.sign(l.t, nil, map[string]any{"oid": nil}, nil)
	})},
	{"40 KiB", []int{200, 401, 503}, bearer(func(l *load) string {
		return l.idp.sign(l.t, nil, map[string]any{"pad": strings.Repeat("x", 30<<10)}, nil)
	})},
	{"expired", []int{401, 503}, bearer(func(l *load) string { return l.idp.sign(l.t, nil, map[string]any{"exp": 1}, nil) })},
	{"forged", []int{401, 503}, bearer(func(l *load) string { return l.idp.sign(l.t, nil, nil, l.idp.forgery) })},
	{"unknown kid", []int{401, 503}, bearer(func(l *load) string {
		return l.idp.sign(l.t, map[string]any{"kid": fmt.Sprint(rand.Int64())}, nil, l.idp.forgery)
	})},
	{"without kid", []int{401, 503}, bearer(func(l *load) string { return l.idp.sign(l.t, map[string]any{"kid": ""}, nil, l.idp.forgery) })},
	{"another's", []int{401}, bearer(func(l *load) string { return l.idp.sign(l.t, nil, map[string]any{"iss": "https://evil.example"}, nil) })},
	{"no JWT", []int{401}, bearer(func(*load) string { return strings.Repeat("a.", rand.IntN(9)) + "b" })},
	{"two headers", []int{400}, func(*load) []string { return []string{"Bearer a", "Bearer b"} }},
	{"no header", []int{401}, func(*load) []string { return nil }},
	{"500 KiB", []int{401}, bearer(func(*load) string { return strings.Repeat("a", 500<<10) })},
	{"500 KiB of dots", []int{401}, bearer(func(*load) string { return strings.Repeat(".", 500<<10) })},
	{"2 MiB", []int{tooLarge, 0}, bearer(func(*load) string { return strings.Repeat("a", 2<<20) })},
}

func bearer(token func(*load) string) func(*load) []string {
	return func(l *load) []string { return []string{"Bearer " + token(l)} }
}

// load sends requests to the service.
type load struct {
	t      *testing.T
	idp    *idp
	url    string
	client *http.Client

	mu     sync.Mutex
	recent []string
	said   map[string]map[int]int // by kind and status
}

// remembered is one of the last tokens, renewed now and then.
func (l *load) remembered() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.recent) < 8 || rand.IntN(4) == 0 {
		l.recent = append(l.recent, l.idp.sign(l.t, nil, nil, nil))
		l.recent = slices.Clone(l.recent[max(0, len(l.recent)-8):])
	}
	return l.recent[rand.IntN(len(l.recent))]
}

// run sends requests of every kind until the context ends, each of which is then over.
func (l *load) run(ctx context.Context, workers int) {
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for ctx.Err() == nil {
				k := min(rand.IntN(len(kinds)), rand.IntN(len(kinds))) // those that cost most come last
				l.ask(kinds[k], rand.IntN(20) == 0)
			}
		})
	}
	all.Wait()
}

// ask sends one request; a client in a hurry gives up early.
func (l *load) ask(k kind, hurry bool) int {
	patience := 30 * time.Second
	if hurry {
		patience = 5 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url, nil)
	if err != nil {
		l.t.Error(err)
		return 0
	}
	for _, h := range k.headers(l) {
		r.Header.Add("Authorization", h)
	}
	status := 0
	res, err := l.client.Do(r)
	if err == nil {
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		status = res.StatusCode
	}
	// A connection that the transport dials for one request may serve another, and a hurried one's deadline end both.
	anothers := errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
	if !slices.Contains(k.statuses, status) && (status != 0 || !hurry && !anothers) {
		l.t.Errorf("%s: status %d: %v", k.name, status, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.said[k.name] == nil {
		l.said[k.name] = map[int]int{}
	}
	l.said[k.name][status]++
	return status
}

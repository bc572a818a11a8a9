package soak

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// outage is how the provider fails.
type outage int64

const (
	none outage = iota
	hanging
	erring
	rubbish
	flooding
	breaking
	outages
)

type signer struct {
	kid string
	key crypto.Signer
}

// idp is a provider on a loopback socket.
type idp struct {
	*httptest.Server
	began   time.Time
	speed   time.Duration // how much faster the clock of provider and service goes than the machine's
	delay   time.Duration // of an answer with keys, which are those of the moment when they were asked for
	outage  atomic.Int64
	fetches atomic.Int64

	mu      sync.Mutex
	keys    []signer // the last one signs; all are published
	made    int
	sets    int            // how often keys were asked for
	named   map[string]int // how many of the answers hold the kid
	resume  chan struct{}  // closed when an outage ends
	forgery crypto.Signer
}

func newIDP(t *testing.T, speed, delay time.Duration) *idp {
	p := &idp{
		began: time.Now(), speed: speed, delay: delay, resume: make(chan struct{}), forgery: newKey(), named: map[string]int{},
	}
	p.rotate()
	p.Server = httptest.NewUnstartedServer(p)
	p.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.Start()
	t.Cleanup(func() {
		p.fail(none)
		p.Close()
	})
	return p
}

func newKey() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func (p *idp) now() time.Time { return p.began.Add(p.speed * time.Since(p.began)) }

// rotate signs with a new key from now on, and publishes the former one beside it.
func (p *idp) rotate() {
	p.made++
	p.publish(signer{fmt.Sprint("key", p.made), newKey()}, 2)
}

// publish publishes a key beside the last ones before it.
func (p *idp) publish(s signer, atMost int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = append(p.keys, s)
	p.keys = p.keys[max(0, len(p.keys)-atMost):]
}

// asked tells how often keys were asked for, and how many of the answers hold the kid.
func (p *idp) asked(kid string) (sets, naming int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sets, p.named[kid]
}

func (p *idp) fail(o outage) {
	p.outage.Store(int64(o))
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.resume)
	p.resume = make(chan struct{})
}

func (p *idp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.fetches.Add(1)
	p.mu.Lock()
	resume := p.resume
	p.mu.Unlock()
	switch outage(p.outage.Load()) {
	case hanging:
		select {
		case <-resume:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	case erring:
		http.Error(w, strings.Repeat("out of order ", 1000), http.StatusInternalServerError)
	case rubbish:
		_, _ = io.WriteString(w, `<html>{"keys":[`)
	case flooding:
		for range 4 << 10 {
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return
			}
		}
	case breaking:
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "{")
		panic(http.ErrAbortHandler)
	default:
		p.answer(w, r)
	}
}

func (p *idp) answer(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/jwks":
		set := p.keySet()
		select {
		case <-time.After(p.delay):
		case <-r.Context().Done():
		}
		_, _ = w.Write(set)
	case "/userinfo":
		_, _ = io.WriteString(w, `{"sub":"alice","oid":"o"}`)
	case "/.well-known/openid-configuration":
		_, _ = fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"userinfo_endpoint":%q}`, p.URL, p.URL+"/jwks", p.URL+"/userinfo")
	default:
		http.NotFound(w, r)
	}
}

func (p *idp) keySet() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sets++
	set := map[string][]json.RawMessage{}
	for _, k := range p.keys {
		p.named[k.kid]++
		jwk, err := jose.MarshalJWK(k.kid, "", k.key.Public())
		if err != nil {
			panic(err)
		}
		set["keys"] = append(set["keys"], jwk)
	}
	text, err := json.Marshal(set)
	if err != nil {
		panic(err)
	}
	return text
}

// sign makes a token, good but for the changes; a key that is given signs in the place of the provider's.
func (p *idp) sign(t require.TestingT, header, claims map[string]any, key crypto.Signer) string {
	p.mu.Lock()
	current := p.keys[len(p.keys)-1]
	p.mu.Unlock()
	if key == nil {
		key = current.key
	}
	jti, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(t, err)
	now := p.now()
	h := map[string]any{"alg": "ES256", "kid": current.kid, "typ": "at+jwt"}
	c := map[string]any{
		"iss": p.URL, "aud": "soak", "sub": "alice", "oid": "o", "jti": jti.String(), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
	for name, v := range header {
		h[name] = v
	}
	for name, v := range claims {
		c[name] = v
	}
	payload, err := json.Marshal(c)
	require.NoError(t, err)
	token, err := jose.Sign("ES256", h, payload, key)
	require.NoError(t, err)
	return token
}

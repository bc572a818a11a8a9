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

// speed is how much faster the clock of provider and service goes than the machine's.
const speed = 60

type signer struct {
	kid string
	key crypto.Signer
}

// idp is a provider on a loopback socket.
type idp struct {
	*httptest.Server
	began   time.Time
	outage  atomic.Int64
	fetches atomic.Int64

	mu      sync.Mutex
	keys    []signer // the last one signs; all are published
	made    int
	resume  chan struct{} // closed when an outage ends
	forgery crypto.Signer
}

func newIDP(t *testing.T) *idp {
	p := &idp{began: time.Now(), resume: make(chan struct{}), forgery: newKey()}
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

func (p *idp) now() time.Time { return p.began.Add(speed * time.Since(p.began)) }

// rotate signs with a new key from now on, and publishes the former one beside it.
func (p *idp) rotate() {
	key := newKey()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made++
	p.keys = append(p.keys, signer{fmt.Sprint("key", p.made), key})
	p.keys = p.keys[max(0, len(p.keys)-2):]
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
		_, _ = w.Write(p.keySet())
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
	set := map[string][]json.RawMessage{}
	for _, k := range p.keys {
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

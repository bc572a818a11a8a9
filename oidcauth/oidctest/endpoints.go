package oidctest

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Endpoint is one of the provider's endpoints, by its path.
type Endpoint string

// The endpoints.
const (
	Discovery Endpoint = "/.well-known/openid-configuration"
	JWKS      Endpoint = "/jwks"
	UserInfo  Endpoint = "/userinfo"
)

// Fault is how an endpoint fails. The zero Fault is none.
type Fault struct {
	Hang   bool   // answer nothing until [Provider.Resume]
	Status int    // answer this status
	Body   string // answer this text with status 200, as application/json
}

// Fail makes an endpoint fail from now on; the zero Fault mends it.
func (p *Provider) Fail(e Endpoint, f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults[e] = f
}

// Resume lets requests that hang go on, to an empty answer of status 503.
func (p *Provider) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.resume)
	p.resume = make(chan struct{})
}

// Requests counts what an endpoint was asked.
func (p *Provider) Requests(e Endpoint) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests[e]
}

// SetUserInfo says what UserInfo answers for tokens of this subject; sub is added where the claims lack it.
func (p *Provider) SetUserInfo(sub string, claims Claims) {
	answer := Claims{"sub": sub}
	maps.Copy(answer, claims)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[sub] = answer
}

// ServeHTTP answers the three endpoints.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	endpoint := Endpoint(r.URL.Path)
	p.mu.Lock()
	p.requests[endpoint]++
	fault, resume := p.faults[endpoint], p.resume
	p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case fault.Hang:
		select {
		case <-resume:
		case <-r.Context().Done():
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case fault.Status != 0:
		w.WriteHeader(fault.Status)
		return
	case fault.Body != "":
		_, _ = w.Write([]byte(fault.Body))
		return
	}
	p.answer(w, r, endpoint)
}

func (p *Provider) answer(w http.ResponseWriter, r *http.Request, endpoint Endpoint) {
	var body any
	switch endpoint {
	case Discovery:
		body = map[string]string{
			"issuer": p.issuer, "jwks_uri": p.issuer + string(JWKS), "userinfo_endpoint": p.issuer + string(UserInfo),
		}
	case JWKS:
		body = p.keySet()
	case UserInfo:
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		p.mu.Lock()
		claims, ok := p.users[p.tokens[token]]
		p.mu.Unlock()
		if !ok {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body = claims
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(body)
}

func (p *Provider) keySet() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	set := []json.RawMessage{}
	for _, k := range p.keys {
		if jwk, err := jose.MarshalJWK(k.id, k.alg, k.private.Public()); err == nil {
			set = append(set, jwk)
		}
	}
	return map[string]any{"keys": set}
}

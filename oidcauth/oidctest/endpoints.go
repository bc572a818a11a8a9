package oidctest

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Endpoint is the path of one of the provider's endpoints.
type Endpoint string

// The endpoints.
const (
	Discovery Endpoint = "/.well-known/openid-configuration"
	JWKS      Endpoint = "/jwks"
	UserInfo  Endpoint = "/userinfo"

	Introspection Endpoint = "/introspect"
	Revocation    Endpoint = "/revoke"
	EndSession    Endpoint = "/logout"
	TokenEndpoint Endpoint = "/token"

	Authorization       Endpoint = "/authorize"
	PushedAuthorization Endpoint = "/par"
)

// Fault says how an endpoint fails. The zero Fault means that the endpoint works.
type Fault struct {
	// Hang delays the answer until [Provider.Resume].
	Hang bool
	// Status is the status of the answer. If 0, it is 200.
	Status int
	// Body is the text of the answer.
	Body string
	// Type is the Content-Type of the Body. If empty, it is application/json.
	Type string
}

// Fail makes an endpoint fail from now on. The zero Fault ends that.
func (p *Provider) Fail(e Endpoint, f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults[e] = f
}

// Resume answers every delayed request with status 503 and no body.
func (p *Provider) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.resume)
	p.resume = make(chan struct{})
}

// Requests returns how many requests an endpoint has received.
func (p *Provider) Requests(e Endpoint) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests[e]
}

// SetUserInfo sets the UserInfo of the tokens of this subject. If the claims have no sub, it is added. UserInfo answers
// 401 to tokens of other subjects, and to tokens without sub.
func (p *Provider) SetUserInfo(sub string, claims Claims) {
	answer := Claims{"sub": sub}
	maps.Copy(answer, claims)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[sub] = answer
}

// ServeHTTP serves the endpoints.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	endpoint := Endpoint(r.URL.Path)
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
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
	case fault.Status != 0 || fault.Body != "":
		if fault.Type != "" {
			w.Header().Set("Content-Type", fault.Type)
		}
		w.WriteHeader(max(fault.Status, http.StatusOK))
		_, _ = w.Write([]byte(fault.Body))
		return
	}
	p.answer(w, r, endpoint)
}

func (p *Provider) answer(w http.ResponseWriter, r *http.Request, endpoint Endpoint) {
	switch endpoint {
	case Discovery:
		writeJSON(w, p.discovery())
	case JWKS:
		writeJSON(w, p.keySet())
	case UserInfo:
		p.answerUserInfo(w, r)
	case Introspection:
		p.answerIntrospection(w, r)
	case Revocation:
		p.answerRevocation(w, r)
	case EndSession:
		p.answerEndSession(w, r)
	case Authorization:
		p.answerAuthorization(w, r)
	case PushedAuthorization:
		p.answerPushed(w, r)
	case TokenEndpoint:
		p.answerToken(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func writeJSON(w http.ResponseWriter, body any) { _ = json.NewEncoder(w).Encode(body) }

func (p *Provider) answerUserInfo(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	claims, ok := p.users[p.tokens[token]]
	audience := p.signFor
	p.mu.Unlock()
	switch {
	case !ok:
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
	case audience != "":
		w.Header().Set("Content-Type", "application/jwt")
		all := maps.Clone(claims)
		all["aud"] = audience
		all["exp"] = nil
		_, _ = w.Write([]byte(p.sign(map[string]any{"typ": "JWT"}, all)))
	default:
		writeJSON(w, claims)
	}
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

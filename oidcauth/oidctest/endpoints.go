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

	Introspection Endpoint = "/introspect"
	Revocation    Endpoint = "/revoke"
	EndSession    Endpoint = "/logout"
)

// Fault is how an endpoint fails. The zero Fault is none.
type Fault struct {
	Hang   bool   // answer nothing until [Provider.Resume]
	Status int    // answer this status; 0: 200, if there is a Body
	Body   string // answer this text
	Type   string // of the Body; default application/json
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

// ServeHTTP answers the endpoints.
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
		writeJSON(w, map[string]string{
			"issuer": p.issuer, "jwks_uri": p.issuer + string(JWKS), "userinfo_endpoint": p.issuer + string(UserInfo),
			"introspection_endpoint": p.issuer + string(Introspection), "revocation_endpoint": p.issuer + string(Revocation),
			"end_session_endpoint": p.issuer + string(EndSession),
		})
	case JWKS:
		writeJSON(w, p.keySet())
	case UserInfo:
		p.answerUserInfo(w, r)
	case Introspection:
		p.answerIntrospection(w, r)
	case Revocation:
		p.answerRevocation(w, r)
	case EndSession:
		answerEndSession(w, r)
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

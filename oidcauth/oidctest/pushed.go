package oidctest

import (
	"crypto/rand"
	"maps"
	"net/http"
)

// answerPushed keeps an authorization request (RFC 9126 section 2).
func (p *Provider) answerPushed(w http.ResponseWriter, r *http.Request) {
	client, ok := p.caller(w, r, true)
	if !ok {
		return
	}
	form := maps.Clone(r.PostForm)
	for _, credential := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
		form.Del(credential)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	// RFC 9126 section 2.1: the parameters are those of an authorization request, which needs client_id besides the authentication.
	if form.Has("request_uri") || form.Get("client_id") != client.ID {
		refuse(w, "invalid_request")
		return
	}
	q, fault := p.readRequest(form)
	code := q.fault()
	if fault != "" {
		code = "invalid_request"
	}
	if code != "" {
		refuse(w, code)
		return
	}
	uri := requestURI + rand.Text()
	keep(p.authRequests, uri, q)
	w.WriteHeader(http.StatusCreated)
	writeJSON(w, Claims{"request_uri": uri, "expires_in": int(requestLife.Seconds())})
}

package oidctest

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	requestURI  = "urn:ietf:params:oauth:request_uri:"
	requestLife = 10 * time.Minute // The time that a user has for the form, and a browser to bring a pushed request.
	codeLife    = time.Minute
	maxKept     = 10_000 // The number of sessions, of requests, of codes and of refresh tokens that are kept.
)

// authorizationRequest is a request of a registered client for one of its redirect URIs.
type authorizationRequest struct {
	client Client
	form   url.Values
	until  time.Time
}

func (q authorizationRequest) get(name string) string { return q.form.Get(name) }

func (q authorizationRequest) words(name string) []string { return strings.Fields(q.form.Get(name)) }

// AuthorizationRequest returns the parameters of the last authorization request that named a registered client and redirect URI,
// whether they were pushed or not. It is nil before the first.
func (p *Provider) AuthorizationRequest() url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.lastRequest)
}

// answerAuthorization answers a request of a browser (OpenID Connect Core 1.0 section 3.1.2), or its login form.
func (p *Provider) answerAuthorization(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil || r.Method != http.MethodGet && r.Method != http.MethodPost {
		showError(w, "The request cannot be read.")
		return
	}
	form := r.URL.Query()
	if r.Method == http.MethodPost {
		form = r.PostForm
	}
	if form.Has("interaction") {
		p.answerForm(w, r)
		return
	}
	p.mu.Lock()
	q, fault := p.readRequest(form)
	if fault == "" {
		p.lastRequest = q.form
	}
	p.mu.Unlock()
	if fault != "" {
		showError(w, fault)
		return
	}
	p.authorize(w, r, q)
}

// readRequest returns an error text if no redirect URI may get an answer. The caller holds the lock.
func (p *Provider) readRequest(form url.Values) (q authorizationRequest, fault string) {
	client, found := p.clientOf(form.Get("client_id"))
	if !found {
		return q, "The client_id is not registered."
	}
	if uri := form.Get("request_uri"); strings.HasPrefix(uri, requestURI) {
		pushed, found := p.authRequests[uri]
		delete(p.authRequests, uri) // It may be used once (RFC 9126 section 4).
		if !found || pushed.client.ID != client.ID || !p.now().Before(pushed.until) {
			return q, "The request_uri is unknown, used or expired, or belongs to another client."
		}
		form = pushed.form
	}
	if !slices.Contains(client.RedirectURIs, form.Get("redirect_uri")) || len(form["redirect_uri"]) > 1 {
		return q, "The redirect_uri is not registered for this client."
	}
	return authorizationRequest{client: client, form: form, until: p.now().Add(requestLife)}, ""
}

// fault returns an error code if the request is not one that the provider serves.
func (q authorizationRequest) fault() string {
	for name, values := range q.form {
		if len(values) > 1 && name != "resource" {
			return "invalid_request" // RFC 6749 section 3.1
		}
	}
	prompts := q.words("prompt")
	challenge, err := base64.RawURLEncoding.DecodeString(q.get("code_challenge"))
	switch {
	case q.form.Has("request"):
		return "request_not_supported"
	case q.form.Has("request_uri"):
		return "request_uri_not_supported"
	case q.get("response_type") != "code":
		return "unsupported_response_type"
	case q.get("code_challenge_method") != "S256", err != nil, len(challenge) != 32:
		return "invalid_request"
	case slices.Contains(prompts, "none") && len(prompts) > 1:
		return "invalid_request"
	case !slices.Contains([]string{"", "query", "form_post"}, q.get("response_mode")):
		return "invalid_request"
	}
	if _, err := q.maxAge(); err != nil {
		return "invalid_request"
	}
	for _, resource := range q.form["resource"] {
		if u, err := url.Parse(resource); err != nil || !u.IsAbs() || u.Fragment != "" {
			return "invalid_target" // RFC 8707 section 2
		}
	}
	return ""
}

// maxAge returns -1 if the request has no max_age.
func (q authorizationRequest) maxAge() (time.Duration, error) {
	if !q.form.Has("max_age") {
		return -1, nil
	}
	seconds, err := strconv.ParseUint(q.get("max_age"), 10, 31)
	return time.Duration(seconds) * time.Second, err
}

// authorize answers with a code, an error or the login form.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request, q authorizationRequest) {
	p.mu.Lock()
	fault, auto := p.loginFault, p.autoLogin
	s := p.sessionOf(r)
	fresh := s != nil && p.isFresh(s, q)
	p.mu.Unlock()
	code := q.fault()
	if code == "" {
		code = fault.Error
	}
	switch {
	case code != "":
		p.respond(w, r, q, url.Values{"error": {code}, "error_description": {fault.Description}})
	case fresh:
		p.respondCode(w, r, q, s)
	case slices.Contains(q.words("prompt"), "none"):
		p.respond(w, r, q, url.Values{"error": {"login_required"}})
	case auto != "":
		p.respondCode(w, r, q, p.signIn(w, r, q, auto))
	default:
		p.showForm(w, q, "")
	}
}

// isFresh reports whether the session suffices without the form. The caller holds the lock.
func (p *Provider) isFresh(s *session, q authorizationRequest) bool {
	for _, prompt := range q.words("prompt") {
		if prompt == "login" || prompt == "select_account" {
			return false
		}
	}
	if age, _ := q.maxAge(); age >= 0 && p.now().Sub(s.authTime) >= age {
		return false
	}
	acrs := q.words("acr_values")
	return len(acrs) == 0 || slices.Contains(acrs, s.acr)
}

// respondCode answers with a code for the user of the session.
func (p *Provider) respondCode(w http.ResponseWriter, r *http.Request, q authorizationRequest, s *session) {
	code := rand.Text()
	p.mu.Lock()
	g := &grant{
		client: q.client.ID, sub: s.sub, claims: s.claims, sid: s.id, acr: s.acr, authTime: s.authTime,
		nonce: q.get("nonce"), scopes: q.words("scope"), resources: q.form["resource"],
		redirectURI: q.get("redirect_uri"), challenge: q.get("code_challenge"), jkt: q.get("dpop_jkt"),
		until: p.now().Add(codeLife),
	}
	keep(p.codes, code, g)
	s.clients[q.client.ID] = true
	s.grants = append(s.grants, g)
	p.mu.Unlock()
	p.respond(w, r, q, url.Values{"code": {code}})
}

// keep adds an entry, and forgets another one if the map is full.
func keep[V any](m map[string]V, key string, v V) {
	for other := range m {
		if len(m) < maxKept {
			break
		}
		delete(m, other)
	}
	m[key] = v
}

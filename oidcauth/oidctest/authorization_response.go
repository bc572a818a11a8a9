package oidctest

import (
	"maps"
	"net/http"
	"net/url"
)

// respond sends the browser to the client, with state (RFC 6749 section 4.1.2) and iss (RFC 9207), by the response_mode.
func (p *Provider) respond(w http.ResponseWriter, r *http.Request, q authorizationRequest, parameters url.Values) {
	parameters.Set("state", q.get("state"))
	parameters.Set("iss", p.issuer)
	p.mu.Lock()
	changes := p.loginFault.Response
	p.mu.Unlock()
	for name, value := range changes {
		parameters.Set(name, value)
	}
	for name := range parameters {
		if parameters.Get(name) == "" {
			parameters.Del(name)
		}
	}
	if q.get("response_mode") == "form_post" {
		showPost(w, q.get("redirect_uri"), parameters)
		return
	}
	redirect(w, r, q.get("redirect_uri"), parameters)
}

// redirect adds the parameters to the query of the target, which it retains.
func redirect(w http.ResponseWriter, r *http.Request, target string, parameters url.Values) {
	u, err := url.Parse(target)
	if err != nil {
		showError(w, "The redirect URI is no URI.")
		return
	}
	query := u.Query()
	maps.Copy(query, parameters)
	u.RawQuery = query.Encode()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Del("Content-Type")
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

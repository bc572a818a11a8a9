package oidctest

import (
	"crypto"
	"net/http"
	"net/url"
	"slices"
)

// Client is an application that signs users in at the provider. [Provider.Register] registers it.
type Client struct {
	// ID is the client_id. If empty, ID and Secret are those of [Provider.ClientConfig].
	ID string
	// Secret authenticates the client: by HTTP Basic, in the body, or as the key of an assertion with HS256 (client_secret_jwt). Without
	// Secret and PublicKey, the client is public.
	Secret string
	// PublicKey verifies the assertions of the client (private_key_jwt), which then cannot authenticate itself by the Secret. The jti of
	// an assertion is accepted once.
	PublicKey crypto.PublicKey
	// RedirectURIs lists the accepted values of redirect_uri, which are compared as texts.
	RedirectURIs []string
	// PostLogoutRedirectURIs lists the accepted values of post_logout_redirect_uri, which are compared as texts.
	PostLogoutRedirectURIs []string
	// BackChannelLogoutURI gets a logout token when a session of the client ends. If empty, none is sent.
	BackChannelLogoutURI string
	// FrontChannelLogoutURI is loaded in an iframe, with iss and sid, when a browser ends a session of the client. If empty, it is not.
	FrontChannelLogoutURI string
	// HTTPClient sends the logout tokens, such as the Client of an httptest.Server that was started with TLS. If nil, it is a client that waits
	// 5 s.
	HTTPClient *http.Client
}

// Register adds a client, or replaces the one with its ID.
func (p *Provider) Register(c Client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.RedirectURIs, c.PostLogoutRedirectURIs = slices.Clone(c.RedirectURIs), slices.Clone(c.PostLogoutRedirectURIs)
	p.clients[c.ID] = c
}

// clientOf returns a registered client, or that of [Provider.ClientConfig]. The caller holds the lock.
func (p *Provider) clientOf(id string) (Client, bool) {
	if id == p.client[0] {
		own, found := p.clients[id]
		if !found {
			own = p.clients[""]
		}
		own.ID, own.Secret = p.client[0], p.client[1]
		return own, true
	}
	c, found := p.clients[id]
	return c, found && id != ""
}

// caller returns the client that sends the request. If its credentials are wrong, caller answers the request. A public client may
// call only if public is set.
func (p *Provider) caller(w http.ResponseWriter, r *http.Request, public bool) (Client, bool) {
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		refuse(w, "invalid_request")
		return Client{}, false
	}
	id, secret := assertedID(r), r.PostForm.Get("client_secret")
	if name, password, ok := r.BasicAuth(); ok {
		var err [2]error
		id, err[0] = url.QueryUnescape(name)
		secret, err[1] = url.QueryUnescape(password)
		if err[0] != nil || err[1] != nil {
			id, secret = "", ""
		}
	}
	p.mu.Lock()
	c, ok := p.clientOf(id)
	configured := id == p.client[0]
	p.mu.Unlock()
	switch {
	case r.PostForm.Has("client_assertion"):
		ok = ok && p.isAsserted(c, r)
	case c.PublicKey != nil || secret != c.Secret || c.Secret == "" && !public && !configured:
		ok = false
	}
	if !ok {
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
		writeJSON(w, Claims{"error": "invalid_client"})
		return Client{}, false
	}
	return c, true
}

// refuse answers with an error code (RFC 6749 section 5.2).
func refuse(w http.ResponseWriter, code string) {
	w.WriteHeader(http.StatusBadRequest)
	writeJSON(w, Claims{"error": code})
}

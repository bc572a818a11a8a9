package oidctest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// SignOut ends all sessions of the user of this name at the provider, as an administrator does. It posts a logout token to each
// client that has signed the user in and has a BackChannelLogoutURI. Its error joins the faults of these posts.
func (p *Provider) SignOut(name string) error {
	p.mu.Lock()
	sub := name
	if u, found := p.accounts[name]; found {
		sub = u.subject()
	}
	var ended []*session
	for cookie, s := range p.sessions {
		if s.sub == sub {
			ended = append(ended, p.end(cookie, s))
		}
	}
	p.mu.Unlock()
	var faults []error
	for _, s := range ended {
		faults = append(faults, p.tellClients(context.Background(), s))
	}
	return errors.Join(faults...)
}

// end ends a session, and its tokens except those with the scope offline_access. The caller holds the lock.
func (p *Provider) end(cookie string, s *session) *session {
	delete(p.sessions, cookie)
	for _, g := range s.grants {
		if !g.has("offline_access") {
			p.revoke(g)
		}
	}
	return s
}

// tellClients posts logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.5).
func (p *Provider) tellClients(ctx context.Context, s *session) error {
	var faults []error
	for _, c := range p.clientsOf(s) {
		if c.BackChannelLogoutURI == "" {
			continue
		}
		token := p.LogoutToken(c.ID, Claims{"sub": s.sub, "sid": s.id})
		if err := postLogout(ctx, c, token); err != nil {
			faults = append(faults, fmt.Errorf("oidctest: back-channel logout of client %q: %w", c.ID, err))
		}
	}
	return errors.Join(faults...)
}

func (p *Provider) clientsOf(s *session) (clients []Client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.clients)) {
		if c, found := p.clientOf(id); found {
			clients = append(clients, c)
		}
	}
	return clients
}

const logoutTimeout = 5 * time.Second

func postLogout(ctx context.Context, c Client, token string) error {
	client := c.HTTPClient
	if client == nil {
		client = &http.Client{Timeout: logoutTimeout}
	}
	body := strings.NewReader(url.Values{"logout_token": {token}}.Encode())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.BackChannelLogoutURI, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

// answerEndSession ends the session of the browser without a question (OpenID Connect RP-Initiated Logout 1.0 section 2). Requests
// that name no registered client are redirected anywhere.
func (p *Provider) answerEndSession(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil {
		showError(w, "The request cannot be read.")
		return
	}
	target := r.Form.Get("post_logout_redirect_uri")
	client, sid, ok := p.logoutClient(r.Form)
	if !ok || client != nil && target != "" && !slices.Contains(client.PostLogoutRedirectURIs, target) {
		showError(w, "The id_token_hint is not one of this provider and client, or the post_logout_redirect_uri is not registered.")
		return
	}
	frames := []string{}
	if s := p.endOf(r, sid); s != nil {
		_ = p.tellClients(r.Context(), s) // A client that is down does not keep the user signed in.
		frames = p.framesOf(s)
	}
	u, err := url.Parse(target)
	if err != nil || !u.IsAbs() {
		target = ""
	} else if state := r.Form.Get("state"); state != "" {
		query := u.Query()
		query.Set("state", state)
		u.RawQuery = query.Encode()
		target = u.String()
	}
	if target != "" && len(frames) == 0 {
		redirect(w, r, target, nil)
		return
	}
	show(w, http.StatusOK, logoutPage, map[string]any{"Frames": frames, "Target": target})
}

// logoutClient returns the client that the request names, or nil if it is not registered, and the sid of its hint.
func (p *Provider) logoutClient(form url.Values) (c *Client, sid string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := form.Get("client_id")
	registered := func(id string) *Client {
		if c, found := p.clientOf(id); found && len(c.RedirectURIs) > 0 {
			return &c
		}
		return nil
	}
	hint, err := jose.Parse(form.Get("id_token_hint"), 0)
	if err != nil {
		return registered(id), "", !form.Has("id_token_hint") || registered(id) == nil
	}
	aud := hint.Claims.Text("aud")
	if c = registered(aud); c == nil {
		return registered(id), "", registered(id) == nil
	}
	signed := slices.ContainsFunc(p.keys, func(k signingKey) bool { return hint.Verify(k.private.Public()) == nil })
	return c, hint.Claims.Text("sid"), signed && (id == "" || id == aud)
}

// endOf ends the session with this sid, or else that of the browser. It returns nil if there is none.
func (p *Provider) endOf(r *http.Request, sid string) *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := p.sessionOf(r)
	for cookie, s := range p.sessions {
		if sid != "" && s.id == sid || sid == "" && s == own {
			return p.end(cookie, s)
		}
	}
	return nil
}

// framesOf returns the URLs of OpenID Connect Front-Channel Logout 1.0 section 2.
func (p *Provider) framesOf(s *session) []string {
	frames := []string{}
	for _, c := range p.clientsOf(s) {
		u, err := url.Parse(c.FrontChannelLogoutURI)
		if err != nil || c.FrontChannelLogoutURI == "" {
			continue
		}
		query := u.Query()
		query.Set("iss", p.issuer)
		query.Set("sid", s.id)
		u.RawQuery = query.Encode()
		frames = append(frames, u.String())
	}
	return frames
}

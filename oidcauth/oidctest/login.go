package oidctest

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// User is a user who can sign in at the form of the provider.
type User struct {
	// Name is the name that the form asks for. It is also the sub, unless Claims has one.
	Name string
	// Password is the password that the form requires. If empty, the form asks for no password.
	Password string
	// Claims are added to the ID tokens of the user, and are the UserInfo.
	Claims Claims
}

func (u User) subject() string {
	if sub, ok := u.Claims["sub"].(string); ok {
		return sub
	}
	return u.Name
}

// AddUser adds a user, or replaces the one of the same name. As long as no user was added, each name can sign in, without a
// password.
func (p *Provider) AddUser(u User) {
	p.SetUserInfo(u.subject(), u.Claims)
	p.mu.Lock()
	defer p.mu.Unlock()
	u.Claims = maps.Clone(u.Claims)
	p.accounts[u.Name] = u
}

// AutoLogin makes the provider sign in the user of this name where it would show the form. An empty name ends that. Requests with
// prompt none still need a session.
func (p *Provider) AutoLogin(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.autoLogin = name
}

// session is the session of one browser at the provider.
type session struct {
	id, sub, acr string
	claims       Claims
	authTime     time.Time
	clients      map[string]bool // The clients that have signed the user in.
	grants       []*grant
}

// cookie names the session cookie by the port, because cookies do not tell ports apart.
func (p *Provider) cookie() string {
	u, _ := url.Parse(p.issuer)
	return "oidctest-session-" + u.Port()
}

// sessionOf returns the session of the browser, or nil. The caller holds the lock.
func (p *Provider) sessionOf(r *http.Request) *session {
	c, err := r.Cookie(p.cookie())
	if err != nil {
		return nil
	}
	return p.sessions[c.Value]
}

// signIn starts a session of the browser, or continues that of the same user.
func (p *Provider) signIn(w http.ResponseWriter, r *http.Request, q authorizationRequest, name string) *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	user, found := p.accounts[name]
	if !found {
		user = User{Name: name}
	}
	sub := user.subject()
	if _, found := p.users[sub]; !found {
		p.users[sub] = Claims{"sub": sub}
	}
	s := p.sessionOf(r)
	if s == nil || s.sub != sub {
		s = &session{id: rand.Text(), sub: sub, clients: map[string]bool{}}
	}
	s.claims, s.authTime, s.acr = user.Claims, p.now(), ""
	if acrs := q.words("acr_values"); len(acrs) > 0 {
		s.acr = acrs[0]
	}
	value := rand.Text()
	maps.DeleteFunc(p.sessions, func(_ string, other *session) bool { return other == s })
	keep(p.sessions, value, s)
	http.SetCookie(w, &http.Cookie{Name: p.cookie(), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return s
}

// showForm keeps the request until the form is sent.
func (p *Provider) showForm(w http.ResponseWriter, q authorizationRequest, problem string) {
	id := rand.Text()
	p.mu.Lock()
	keep(p.authRequests, id, q)
	asksPassword := false
	for _, u := range p.accounts {
		asksPassword = asksPassword || u.Password != ""
	}
	p.mu.Unlock()
	show(w, http.StatusOK, loginPage, loginForm{
		Interaction: id, Client: q.client.ID, Name: q.get("login_hint"), Password: asksPassword, Problem: problem,
	})
}

// answerForm signs in the user of the form.
func (p *Provider) answerForm(w http.ResponseWriter, r *http.Request) {
	name := r.PostForm.Get("username")
	p.mu.Lock()
	q, found := p.authRequests[r.PostForm.Get("interaction")]
	delete(p.authRequests, r.PostForm.Get("interaction"))
	found = found && p.now().Before(q.until)
	user, known := p.accounts[name]
	known = known && user.Password == r.PostForm.Get("password") || len(p.accounts) == 0 && name != ""
	p.mu.Unlock()
	switch {
	case !found:
		showError(w, "The form has expired, or was sent twice.")
	case r.PostForm.Has("cancel"):
		p.respond(w, r, q, url.Values{"error": {"access_denied"}})
	case !known:
		q.form = maps.Clone(q.form)
		q.form.Set("login_hint", name)
		p.showForm(w, q, "The name or the password is wrong.")
	default:
		p.respondCode(w, r, q, p.signIn(w, r, q, name))
	}
}

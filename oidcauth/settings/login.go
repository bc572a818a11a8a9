package settings

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
)

// signsIn reports whether users sign in with this application.
func (d *Document) signsIn(m merged) bool {
	s := d.settings.Login
	switch {
	case s == nil:
		return false
	case s.Applications != nil:
		return slices.Contains(s.Applications, m.name)
	}
	return m.settings.Client != nil && m.settings.Client.ClientID != ""
}

// applyLogin reports applications of the login that do not exist.
func (d *Document) applyLogin(f *faults) {
	if d.settings.Login == nil {
		return
	}
	at, _ := d.root.member("login")
	at, _ = at.member("applications")
	elements, _ := at.Value.([]Node)
	for _, n := range elements {
		if name, _ := n.Value.(string); name != "" && !slices.Contains(namesOf(d.applications), name) {
			f.unknown(n, "application", name, namesOf(d.applications))
		}
	}
}

// login makes the configuration of the login. The applications have been made. It returns those with which users sign in.
func (b *builder) login(used []merged, c *Configuration) []merged {
	s := b.settings.Login
	if s == nil {
		return nil
	}
	c.Login = login.Config{
		PublicURL: s.PublicURL, Path: s.Path, Home: s.Home, CookieName: s.CookieName, Keys: b.sealKeys(s.Keys),
		Sessions: login.Sessions{Idle: time.Duration(s.Sessions.Idle), Absolute: time.Duration(s.Sessions.Absolute), InCookie: s.Sessions.InCookie},
		Logout:   s.Logout.configured(s.Logout.ReturnTo),
	}
	var out []merged
	for _, at := range b.order(used) {
		out = append(out, used[at])
		b.judgedByItself(at, used, c)
		c.Login.Providers = append(c.Login.Providers, b.loginProvider(used[at], c.Applications[at]))
	}
	if out == nil {
		at, _ := b.root.member("login")
		b.faults.at(at, "there is no application with which users sign in: set client.clientID of a provider", nil)
	}
	return out
}

// order returns the indexes of the applications with which users sign in, in the order of the choice.
func (b *builder) order(used []merged) []int {
	var out []int
	for at, m := range used {
		if b.signsIn(m) {
			out = append(out, at)
		}
	}
	names := b.settings.Login.Applications
	slices.SortStableFunc(out, func(i, j int) int {
		return slices.Index(names, used[i].name) - slices.Index(names, used[j].name)
	})
	return out
}

func (b *builder) loginProvider(m merged, a Application) login.Provider {
	p := login.Provider{Client: a.Client, Name: a.Name}
	s := m.settings.Login
	if s == nil {
		return p
	}
	if s.Name != "" {
		p.Name = s.Name
	}
	p.Callback = s.Callback
	p.Scopes, p.ACRValues, p.RequireACR, p.MaxAge = s.Scopes, s.ACRValues, s.RequireACR, time.Duration(s.MaxAge)
	p.Prompt, p.UILocales, p.Resources, p.FormPost = s.Prompt, s.UILocales, s.Resources, s.FormPost
	p.InsecureSkipIDToken = s.InsecureSkipIDToken
	p.Parameters = b.parametersOf(m, s)
	if s.Logout != nil {
		logout := s.Logout.configured("")
		p.Logout = &logout
	}
	return p
}

// parametersOf returns the parameters of an authorization request, with the audience.
func (b *builder) parametersOf(m merged, s *providerLogin) url.Values {
	if s.Audience == "" {
		return s.Parameters
	}
	if s.Parameters["audience"] != nil {
		at, _ := m.node.member("login")
		at, _ = at.member("parameters")
		b.faults.at(at, `contains audience, which is a member of login itself`, nil)
	}
	out := url.Values{"audience": {s.Audience}}
	for name, values := range s.Parameters {
		out[name] = values
	}
	return out
}

func (l logout) configured(returnTo string) login.Logout {
	return login.Logout{LocalOnly: l.LocalOnly, NoRedirect: l.NoRedirect, RedirectURI: l.RedirectURI, ReturnTo: returnTo}
}

// sealKeys reads the keys of cookies and sessions.
func (b *builder) sealKeys(list []secret) [][]byte {
	var out [][]byte
	for i := range list {
		text := b.secret(&list[i])
		if text == "" {
			continue // it is reported
		}
		key, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(text))
		if err != nil || len(key) != sealKeySize {
			b.faults.at(list[i].node, "the secret is not 32 random bytes in base64: make one by openssl rand -base64 32", nil) // the cause may quote it
			continue
		}
		out = append(out, key)
	}
	return out
}

const sealKeySize = 32

// validateLogin reports the faults that login.New would find, at their positions in the document. oidcauth.New accepts c.Config.
func (b *builder) validateLogin(c *Configuration, signingIn []merged) {
	quiet := c.Config
	quiet.Logger, quiet.OnEvent, quiet.Shadow = slog.New(slog.DiscardHandler), nil, nil
	auth, err := oidcauth.New(quiet)
	if err != nil {
		b.faults.at(b.root, "the configuration is refused", err)
		return
	}
	tried := c.Login
	tried.Authenticator = auth
	_, err = login.New(tried)
	for _, fault := range parts(err) {
		b.loginFault(signingIn, fault)
	}
}

// judgedByItself reports an application that has no client, or whose logins another application of its issuer would judge, because it
// names the same client.
func (b *builder) judgedByItself(at int, used []merged, c *Configuration) {
	m, iss := used[at], c.Config.Issuers
	n := m.node
	n.path = m.path
	if m.settings.Client == nil || m.settings.Client.ClientID == "" {
		b.faults.at(n, "users sign in with this application, and it has no client.clientID", nil)
		return
	}
	id := m.settings.Client.ClientID
	for _, names := range []func(oidcauth.Issuer) []string{
		func(i oidcauth.Issuer) []string { return i.ClientIDs }, func(i oidcauth.Issuer) []string { return i.LogoutAudience },
		func(i oidcauth.Issuer) []string { return i.Audience },
	} {
		first := slices.IndexFunc(iss, func(i oidcauth.Issuer) bool { return i.URL == iss[at].URL && slices.Contains(names(i), id) })
		if first >= 0 && first != at {
			b.faults.at(n, "has a clientID that "+used[first].path+" names too, and that one would judge its logins: give it a client of its own, or name one of the two in login.applications", nil)
		}
		if first >= 0 {
			return
		}
	}
}

// loginFault reports a fault of login.New.
func (b *builder) loginFault(signingIn []merged, err error) {
	at, _ := b.root.member("login")
	var fault *login.ConfigError
	if !errors.As(err, &fault) {
		b.faults.at(at, "the login is refused", err)
		return
	}
	path, field := "login", fault.Field
	problem := missing(named(fault.Problem, loginNames))
	if rest, ok := strings.CutPrefix(field, "Providers["); ok {
		index, inner, _ := strings.Cut(rest, "].")
		i, _ := strconv.Atoi(index)
		m := signingIn[min(i, len(signingIn)-1)]
		at, path, field = m.node, m.path, "Login."+inner
		if inner == "Client" {
			field = "Client"
			if fault.Err != nil {
				problem, fault.Err = "users cannot sign in with it: "+named(fault.Err.Error(), loginNames), nil
			}
		}
	}
	at, path = at.find(path, field)
	b.faults.add(&Error{Line: at.Line, Column: at.Column, Path: path, Problem: problem, Err: fault.Err})
}

package login

import (
	"net/http"
	"strings"
	"time"
)

// maxCookies bounds how many cookies of one name are read. A sibling domain can add cookies to those of this service, if they have no
// prefix __Host-.
const maxCookies = 16

// cookies names, sets and removes the cookies of a RelyingParty.
type cookies struct {
	name   string // of the session cookie
	secure bool   // false only for http on loopback
}

// newCookies returns the cookies of a service. Only a secure origin can set the prefix __Host-. It keeps other hosts and paths from
// setting or reading the cookie (RFC 6265bis section 4.1.3.2).
func newCookies(name string, secure bool) cookies {
	if secure {
		name = "__Host-" + name
	}
	return cookies{name, secure}
}

func (c cookies) session() string { return c.name }

// attempt returns the name of the cookie of one attempt, and loggedOut that of a logout. The other suffixes are shorter than that of an attempt, so
// no two cookies have the same name.
func (c cookies) attempt(state string) string { return c.name + "-" + state[:stateName] }
func (c cookies) loggedOut() string           { return c.name + "-logout" }
func (c cookies) recent() string              { return c.name + "-login" }

// set sets a cookie that no script reads. If life is 0, the browser keeps it until it is closed.
func (c cookies) set(w http.ResponseWriter, name, value string, life time.Duration, site http.SameSite) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second), Secure: c.secure, HttpOnly: true, SameSite: site,
	})
}

// remove removes a cookie from the browser.
func (c cookies) remove(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// values returns the values of a cookie.
func values(r *http.Request, name string) []string {
	var out []string
	for _, c := range r.CookiesNamed(name) {
		if len(out) == maxCookies {
			break
		}
		out = append(out, c.Value)
	}
	return out
}

// attempts returns the cookies of attempts that the request has.
func (c cookies) attempts(r *http.Request) []*http.Cookie {
	var out []*http.Cookie
	for _, cookie := range r.Cookies() {
		if suffix, ok := strings.CutPrefix(cookie.Name, c.name+"-"); ok && len(suffix) == stateName && len(out) < maxCookies {
			out = append(out, cookie)
		}
	}
	return out
}

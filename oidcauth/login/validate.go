package login

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/seal"
	"github.com/knownbearer/knownbearer/internal/signin"
)

// ownParameters are the parameters of an authorization request that the login or the client sends.
var ownParameters = []string{
	"response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
	"acr_values", "max_age", "prompt", "login_hint", "ui_locales", "resource", "request", "request_uri", "dpop_jkt",
	"client_secret", "client_assertion", "client_assertion_type",
}

// faults collects the faults of a Config.
type faults []error

func (f *faults) add(bad bool, field, problem string, err error) {
	if bad {
		*f = append(*f, &ConfigError{Field: field, Problem: problem, Err: err})
	}
}

// validate returns all faults, joined. verify is nil if there is no Authenticator.
func (c Config) validate(verify signin.Verifier) error {
	var f faults
	f.add(c.Authenticator == nil, "Authenticator", "is nil", nil)
	f.add(len(c.Providers) == 0, "Providers", "at least one is required", nil)
	f.add(len(c.Keys) == 0, "Keys", "at least one is required: 32 random bytes that all replicas share", nil)
	for i, key := range c.Keys {
		f.add(len(key) != seal.KeySize, fmt.Sprintf("Keys[%d]", i), "does not have 32 bytes", nil)
		f.add(len(key) == seal.KeySize && [seal.KeySize]byte(key) == [seal.KeySize]byte{}, fmt.Sprintf("Keys[%d]", i), "has only zeros", nil)
	}
	public, problem := publicURL(c.PublicURL)
	f.add(problem != "", "PublicURL", problem, nil)
	f.add(!pathText.MatchString(c.Path), "Path", "is not a path such as /auth, without a slash at its end", nil)
	f.add(!nameText.MatchString(c.CookieName), "CookieName", "is not 1 to 40 letters, digits, dots and underscores", nil)
	for _, p := range [...]struct{ field, path string }{{"Home", c.Home}, {"Logout.ReturnTo", c.Logout.ReturnTo}} {
		_, ok := localPath(p.path)
		f.add(p.path != "" && !ok, p.field, "is not a local path", nil)
		f.add(public != nil && isBelow(p.path, public.Path+c.Path), p.field, "is a page of the login itself", nil)
	}
	c.validateSessions(&f)
	c.Logout.validate(&f, "")
	for i, p := range c.Providers {
		field := fmt.Sprintf("Providers[%d].", i)
		p.validate(&f, field, verify)
		f.add(p.FormPost && public != nil && public.Scheme != "https", field+"FormPost", "needs https: its cookies are SameSite=None, and browsers then require Secure", nil)
		f.add(!pathText.MatchString(p.callback()) || strings.Contains(p.callback()[1:], "/"), field+"Callback", "is not one segment of a path", nil)
		f.add(slices.Contains(ownPages, p.callback()), field+"Callback", "is another page of the login", nil)
		mixes := func(other Provider) bool {
			return p.Client != nil && other.Client != nil && other.Client.Issuer() != p.Client.Issuer() && other.callback() == p.callback()
		}
		f.add(slices.ContainsFunc(c.Providers[:i], mixes), field+"Callback", "is that of another issuer, so that one of the providers could get a code of the other one (mix-up, RFC 9700 section 4.4.2)", nil)
		same := func(other Provider) bool { return p.Client != nil && other.Client != nil && other.name() == p.name() }
		f.add(slices.ContainsFunc(c.Providers[:i], same), field+"Name", "is the name of another provider too", nil)
	}
	return errors.Join(f...)
}

var (
	pathText = regexp.MustCompile(`^(/[A-Za-z0-9._~-]*[A-Za-z0-9_~-])+$`)
	nameText = regexp.MustCompile(`^[A-Za-z0-9._]{1,40}$`) // a hyphen begins the suffix, so no name begins with that of another service
)

func (c Config) validateSessions(f *faults) {
	s := c.Sessions
	f.add(guard.IsNil(s.Store), "Sessions.Store", "is a nil pointer or function", nil)
	f.add(s.InCookie && s.Store != nil, "Sessions.InCookie", "contradicts Sessions.Store", nil)
	f.add(s.Idle < time.Second || s.Idle > maxAbsolute, "Sessions.Idle", "is not between 1 s and 400 days", nil)
	f.add(s.Absolute < time.Second || s.Absolute > maxAbsolute, "Sessions.Absolute", "is not between 1 s and 400 days", nil)
}

func (l Logout) validate(f *faults, of string) {
	f.add(l.LocalOnly && (l.NoRedirect || l.RedirectURI != ""), of+"Logout.LocalOnly", "contradicts Logout.NoRedirect and Logout.RedirectURI", nil)
	f.add(l.NoRedirect && l.RedirectURI != "", of+"Logout.NoRedirect", "contradicts Logout.RedirectURI", nil)
	u, err := url.Parse(l.RedirectURI)
	f.add(l.RedirectURI != "" && (err != nil || !u.IsAbs() || u.Host == "" || u.Fragment != "" || u.User != nil), of+"Logout.RedirectURI", "is not an absolute URL without fragment", nil)
}

func (p Provider) validate(f *faults, field string, verify signin.Verifier) {
	if p.Client == nil {
		f.add(true, field+"Client", "is nil", nil)
		return
	}
	f.add(p.Client.ClientID() == "", field+"Client", "has no ClientID", nil)
	f.add(p.Client.Issuer() == "", field+"Client", "has no Issuer", nil)
	f.add(len(p.name()) > maxName, field+"Name", "is longer than 200 bytes", nil)
	for _, scope := range p.Scopes {
		f.add(!isVisible(scope), field+"Scopes", "contains an empty value, a space or a control character", nil)
	}
	for _, acr := range p.ACRValues {
		f.add(!isVisible(acr), field+"ACRValues", "contains an empty value, a space or a control character", nil)
	}
	f.add(p.RequireACR && len(p.ACRValues) == 0, field+"RequireACR", "needs ACRValues", nil)
	f.add(p.MaxAge < 0 || p.MaxAge%time.Second != 0, field+"MaxAge", "is negative, or has a fraction of a second", nil)
	f.add(slices.Contains(strings.Fields(p.Prompt), "none"), field+"Prompt", "is none, which forbids the provider to ask for a login", nil)
	for _, resource := range p.Resources {
		u, err := url.Parse(resource)
		f.add(err != nil || !u.IsAbs() || u.Fragment != "", field+"Resources", "contains a value that is not an absolute URI without fragment (RFC 8707 section 2)", nil)
	}
	for name := range p.Parameters {
		f.add(slices.Contains(ownParameters, name), field+"Parameters", "contains "+name+", which the login sends itself", nil)
	}
	if p.Logout != nil {
		p.Logout.validate(f, field)
		f.add(p.Logout.ReturnTo != "", field+"Logout.ReturnTo", "is the same for all providers: set it in Config.Logout", nil)
	}
	if verify != nil && p.Client.Issuer() != "" && p.Client.ClientID() != "" {
		err := verify.Check(signin.Client{Issuer: p.Client.Issuer(), ClientID: p.Client.ClientID(), OpenID: p.openID(), InsecureSkipIDToken: p.InsecureSkipIDToken})
		f.add(err != nil, field+"Client", "cannot sign in users of the Authenticator", err)
	}
}

const maxName = 200

func (p Provider) name() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Client.Issuer()
}

// callback returns the last segment of the redirect_uri, with its slash.
func (p Provider) callback() string {
	if p.Callback == "" {
		return pageCallback
	}
	return "/" + p.Callback
}

// ownPages are the pages that no Callback can be.
var ownPages = []string{pageLogin, pageLogout, pageLoggedOut, pageFront, pageBack}

// clone returns a copy with its defaults, which shares no list with the caller.
func (p Provider) clone() Provider {
	p.Name, p.Scopes, p.ACRValues = p.name(), slices.Clone(p.scopes()), slices.Clone(p.ACRValues)
	p.UILocales, p.Resources, p.Parameters = slices.Clone(p.UILocales), slices.Clone(p.Resources), maps.Clone(p.Parameters)
	if p.Logout != nil {
		logout := *p.Logout
		p.Logout = &logout
	}
	return p
}

func (p Provider) scopes() []string {
	if p.Scopes == nil {
		return []string{"openid"}
	}
	return p.Scopes
}

func (p Provider) openID() bool { return slices.Contains(p.scopes(), "openid") }

// isVisible reports whether a space-separated list can contain the text.
func isVisible(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// publicURL returns the URL without a slash at its end, or its problem.
func publicURL(text string) (u *url.URL, problem string) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return nil, "is empty: it is the URL below which browsers reach this service"
	case err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(text, "?#") || u.Opaque != "":
		return nil, "is not an absolute URL without query and fragment"
	case u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())):
		return nil, "is not https: browsers send the cookies of a session over https only, except on loopback"
	}
	u.Path = strings.TrimRight(u.Path, "/")
	if _, ok := localPath(u.EscapedPath() + "/"); !ok || u.RawPath != "" {
		return nil, "has a path with dots, double slashes or percent-encoding"
	}
	return u, ""
}

// isBelow reports whether a path is the folder or a path in it.
func isBelow(path, folder string) bool {
	path, _, _ = strings.Cut(path, "?")
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// isLoopback reports whether browsers send requests to the host to this machine alone. They do so for the names below localhost too (RFC
// 6761 section 6.3).
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

package fetch

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/lestrrat-go/httprc"
)

// CheckURL returns an error unless raw is an absolute https URL, or an http URL on loopback (localhost, 127/8, ::1),
// without userinfo and fragment.
func CheckURL(raw string) error {
	_, err := parseURL(raw)
	return err
}

func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, &Error{Problem: "not a URL"} // The cause repeats the URL together with its query.
	}
	problem := ""
	switch {
	case u.Opaque != "" || u.Hostname() == "":
		problem = "not an absolute URL"
	case u.User != nil:
		problem = "userinfo in the URL"
	case strings.Contains(raw, "#"):
		problem = "fragment in the URL"
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return u, nil
	default:
		problem = "neither https nor http on loopback"
	}
	return nil, &Error{URL: display(u), Problem: problem}
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Zone() == "" && a.IsLoopback()
}

// display returns what errors may show of a URL.
func display(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// Display returns what may be shown of a URL. It replaces the query, because some providers accept secrets there.
func Display(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "no URL"
	}
	if u.RawQuery == "" {
		return display(u)
	}
	return display(u) + "?…"
}

// origin returns the scheme, the host in lower case and the port, even if that is the default.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" && u.Scheme == "https" {
		port = "443"
	} else if port == "" {
		port = "80"
	}
	return u.Scheme + "://[" + strings.ToLower(u.Hostname()) + "]:" + port
}

// sameOrigin returns the list of allowed destinations of one request.
func sameOrigin(u *url.URL) httprc.Whitelist {
	return httprc.NewRegexpWhitelist().Add(regexp.MustCompile(`\A` + regexp.QuoteMeta(origin(u)) + `\z`))
}

package fetch

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/lestrrat-go/httprc"
)

// CheckURL accepts absolute https URLs, and http ones on loopback (localhost, 127/8, ::1),
// without userinfo and fragment.
func CheckURL(raw string) error {
	_, err := parseURL(raw)
	return err
}

func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, &Error{Problem: "not a URL"} // the cause repeats the text, query and all
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

// display is what errors may show of a URL.
func display(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// Display is what may be shown of a URL: of its query only that there is one, since providers take secrets there.
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

// origin is scheme, lower-case host and port, the port always written.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" && u.Scheme == "https" {
		port = "443"
	} else if port == "" {
		port = "80"
	}
	return u.Scheme + "://[" + strings.ToLower(u.Hostname()) + "]:" + port
}

// sameOrigin builds the outbound allow-list of one request.
func sameOrigin(u *url.URL) httprc.Whitelist {
	return httprc.NewRegexpWhitelist().Add(regexp.MustCompile(`\A` + regexp.QuoteMeta(origin(u)) + `\z`))
}

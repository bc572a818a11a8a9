package login

import (
	"net/http"
	"strings"
)

// isNavigation reports whether a browser shows the answer to this request as a page of its own, so that it may be redirected to a login.
// A script, an image, a frame or a prefetched page must get a refusal instead: it cannot show a login, and its redirects would begin
// attempts that are not ended. Browsers send Sec-Fetch-Mode and Sec-Fetch-Dest to https and to loopback (W3C Fetch Metadata).
func isNavigation(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	return isPage(r) && (r.Header.Get("Sec-Fetch-Mode") != "" || accepts(r, "text/html"))
}

// isPage is like isNavigation, but for any method, and also for clients that do not send Accept.
func isPage(r *http.Request) bool {
	header := func(name string) string { return strings.ToLower(r.Header.Get(name)) }
	mode, dest := header("Sec-Fetch-Mode"), header("Sec-Fetch-Dest")
	switch {
	case mode != "" && mode != "navigate", dest != "" && dest != "document":
		return false
	case strings.Contains(header("Sec-Purpose"), "prefetch"), strings.Contains(header("Purpose"), "prefetch"):
		return false
	}
	return r.Header.Get("X-Requested-With") == "" && r.Header.Get("Upgrade") == ""
}

// wantsJSON reports whether a refusal is a problem document instead of a page.
func wantsJSON(r *http.Request) bool {
	return !accepts(r, "text/html")
}

// accepts reports whether Accept contains the type with a weight other than 0.
func accepts(r *http.Request, mediaType string) bool {
	for _, value := range r.Header["Accept"] {
		for part := range strings.SplitSeq(strings.ToLower(value), ",") {
			name, parameters, _ := strings.Cut(part, ";")
			if strings.Contains(name, mediaType) && !isZero(parameters) {
				return true
			}
		}
	}
	return false
}

// isZero reports whether the weight of a media type is 0 (RFC 9110 section 12.4.2).
func isZero(parameters string) bool {
	weight := strings.ReplaceAll(parameters, " ", "")
	return weight == "q=0" || strings.HasPrefix(weight, "q=0.") && strings.Trim(weight[len("q=0."):], "0") == ""
}

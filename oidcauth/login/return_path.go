package login

import (
	"net/http"
	"net/url"
	"strings"
)

// maxReturnPath is the length of the longest return path in bytes. Several attempts must fit into one Cookie header.
const maxReturnPath = 1 << 10

// localPath returns the path and query to which a browser may be sent after a login. The second result is false unless every browser,
// proxy and router resolves the text to a path of this host. A fragment is removed.
func localPath(text string) (string, bool) {
	if len(text) > maxReturnPath || !strings.HasPrefix(text, "/") || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
		return "", false
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "" || u.Opaque != "" || u.Host != "" || u.User != nil {
		return "", false
	}
	for path, times := u.EscapedPath(), 0; ; times++ {
		if !isPlainPath(path) {
			return "", false
		}
		decoded, err := url.PathUnescape(path)
		if err != nil || decoded == path {
			break // A percent sign that encodes nothing is no further encoding.
		}
		if times == maxEncodings {
			return "", false
		}
		path = decoded
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String(), strings.HasPrefix(u.String(), "/")
}

// maxEncodings is how often a return path may be percent-encoded.
const maxEncodings = 3

// isPlainPath refuses a path that one component could take for a host and another component for a path.
func isPlainPath(path string) bool {
	if strings.HasPrefix(path, "//") || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7F || r == '\\' }) {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		name, _, _ := strings.Cut(segment, ";") // some servers remove path parameters first
		if name == "." || name == ".." || name == "" && name != segment {
			return false
		}
	}
	return true
}

// returnPath returns the local path, or the start page if the text is not a local path, or is a page of the login itself.
func (rp *RelyingParty) returnPath(text string) string {
	path, ok := localPath(text)
	if !ok || isBelow(path, rp.public.Path+rp.path) {
		return rp.home
	}
	return path
}

// targetPath is returnPath for a target_link_uri (OpenID Connect Core 1.0 section 4), which may be an absolute URL of this service.
func (rp *RelyingParty) targetPath(target string) string {
	if u, err := url.Parse(target); err == nil && u.Scheme == rp.public.Scheme && u.Host == rp.public.Host && u.User == nil && u.Opaque == "" {
		u.Scheme, u.Host = "", ""
		target = u.String()
	}
	return rp.returnPath(target)
}

// pathOf returns the path at which a client requested r. A handler may have removed a prefix from r.URL, and a proxy the path of
// PublicURL.
func (rp *RelyingParty) pathOf(r *http.Request) string {
	uri := r.RequestURI
	if !strings.HasPrefix(uri, "/") { // a request that no server received, or one in absolute form
		uri = r.URL.RequestURI()
	}
	return rp.returnPath(rp.public.Path + uri)
}

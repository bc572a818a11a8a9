package hints

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Elsewhere says where a request without credentials has a token that is not read.
type Elsewhere struct {
	// Cookie and Header are the name of a cookie or header with a JWT. Proxy reports that a known proxy adds this header.
	Cookie, Header string
	Proxy          bool
	// Query reports that the URL has the parameter access_token.
	Query bool
	// Preflight reports that the request is a CORS preflight.
	Preflight bool
}

// proxyHeaders lists headers in which proxies put the token of the user.
var proxyHeaders = []string{
	"Cf-Access-Jwt-Assertion", "X-Amzn-Oidc-Accesstoken", "X-Auth-Request-Access-Token", "X-Forwarded-Access-Token", "X-Goog-Iap-Jwt-Assertion",
	"X-Ms-Token-Aad-Access-Token", "X-Pomerium-Jwt-Assertion",
}

// notTokens lists headers that contain a JWT which is no access token, or that are examined otherwise.
var notTokens = []string{"Authorization", "Cookie", "Dpop", "Sec-Websocket-Protocol", "X-Amzn-Oidc-Data", "Client-Assertion"}

// OfRequest examines a request without credentials.
func OfRequest(r *http.Request) Elsewhere {
	e := Elsewhere{
		Cookie:    cookieWithToken(r.Header["Cookie"]),
		Preflight: r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "",
	}
	if r.URL != nil {
		query := "&" + r.URL.RawQuery[:min(len(r.URL.RawQuery), maxExamined)]
		e.Query = strings.Contains(query, "&access_token=")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if slices.Contains(notTokens, name) || !slices.ContainsFunc(r.Header[name], isToken) {
			continue
		}
		if proxy := slices.Contains(proxyHeaders, name); e.Header == "" || proxy && !e.Proxy {
			e.Header, e.Proxy = clip(name), proxy
		}
	}
	return e
}

// isToken reports whether a text has the form of a JWT, with or without the word Bearer.
func isToken(s string) bool {
	if word, rest, _ := strings.Cut(s[:min(len(s), maxExamined)], " "); strings.EqualFold(word, "Bearer") {
		s = rest
	}
	return strings.HasPrefix(s, "eyJ") && (strings.Count(s, ".") == 2 || strings.Count(s, ".") == 4)
}

// cookieWithToken returns the name of the first cookie that contains a JWT, or "".
func cookieWithToken(values []string) string {
	for _, value := range values {
		for pair := range strings.SplitSeq(value[:min(len(value), maxExamined)], ";") {
			if name, v, _ := strings.Cut(strings.TrimSpace(pair), "="); isToken(strings.Trim(v, `"`)) {
				return clip(name)
			}
		}
	}
	return ""
}
